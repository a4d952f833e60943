// Writes docs/reference/causes.md from the table of causes.
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { causesPage } from "../../src/market/layers/causes/causes-page.ts"

writeFileSync(fileURLToPath(new URL("../../docs/reference/causes.md", import.meta.url)), causesPage())
console.log("docs/reference/causes.md written")
