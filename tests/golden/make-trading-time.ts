// Writes tests/golden/trading-time.jsonl. Run: node tests/golden/make-trading-time.ts
import { writeFileSync } from "node:fs"
import { goldenSummary, goldenText } from "./golden-text.ts"

writeFileSync(new URL("trading-time.jsonl", import.meta.url), goldenText)
console.log(goldenSummary)
