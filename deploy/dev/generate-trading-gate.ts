// Writes the generated blocks of docs/reference/trading-gate.md by asking the gate for every cell.
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { tradingGatePage } from "./trading-gate-page.ts"

const path = fileURLToPath(new URL("../../docs/reference/trading-gate.md", import.meta.url))
writeFileSync(path, tradingGatePage(readFileSync(path, "utf8")))
console.log("docs/reference/trading-gate.md written")
