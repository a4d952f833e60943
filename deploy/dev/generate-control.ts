// Writes the generated blocks of docs/reference/control.md from the command table of the market daemon.
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { controlPage } from "./control-page.ts"

const path = fileURLToPath(new URL("../../docs/reference/control.md", import.meta.url))
writeFileSync(path, controlPage(readFileSync(path, "utf8")))
console.log("docs/reference/control.md written")
