// Writes the generated blocks of docs/reference/trading-api.md.
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { tradingApiPage } from "./trading-api-page.ts"

const path = fileURLToPath(new URL("../../docs/reference/trading-api.md", import.meta.url))
writeFileSync(path, tradingApiPage(readFileSync(path, "utf8")))
console.log("docs/reference/trading-api.md written")
