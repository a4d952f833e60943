// Writes deploy/{tickd,trade}.env.example and docs/reference/config.md from the declarations of the variables.
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { configPage, exampleFile, tradeExampleFile } from "./config-pages.ts"

for (const [path, text] of [
  ["deploy/tickd.env.example", exampleFile()],
  ["deploy/trade.env.example", tradeExampleFile()],
  ["docs/reference/config.md", configPage()]
] as const) {
  writeFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), text)
  console.log(`${path} written`)
}
