// Writes the generated blocks of docs/reference/runbook-codes.md from the tables of src/ops/domain.
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { runbookCodesPage } from "./runbook-codes-page.ts"

const path = fileURLToPath(new URL("../../docs/reference/runbook-codes.md", import.meta.url))
writeFileSync(path, runbookCodesPage(readFileSync(path, "utf8")))
console.log("docs/reference/runbook-codes.md written")
