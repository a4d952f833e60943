// Writes the generated blocks of the pages that hold a command table.
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { controlPage, tablePages } from "./control-page.ts"

for (const page of tablePages) {
  const path = fileURLToPath(new URL(`../../${page.path}`, import.meta.url))
  writeFileSync(path, controlPage(page, readFileSync(path, "utf8")))
  console.log(`${page.path} written`)
}
