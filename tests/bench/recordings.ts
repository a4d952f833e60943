// What the laws make of every recording: the table of docs/reference/recordings.md, printed or written with --write.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { Result } from "effect"
import { parseContractFile } from "../../src/market/adapters/catalogue/contract-file.ts"
import { judgeRecording, recordingTable } from "../support/recording-ledger.ts"
import { catalogueBytes } from "../support/recordings.ts"

const folder = process.env["TICKD_RECORDINGS"] ?? new URL("../../../shared/data/ticks", import.meta.url).pathname
const page = new URL("../../docs/reference/recordings.md", import.meta.url)

if (!existsSync(folder)) {
  process.stderr.write("skipped: no recordings\n")
  process.exit(0)
}
const list = catalogueBytes("slice", "wondertrader_contracts.json")
const { contracts } = Result.getOrThrow(parseContractFile("list.json", list))
const only = process.argv[2]
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".gz") && (only === undefined || only === "--write" || name.includes(only)))
  .sort()
const accounts = []
for (const name of files) {
  const account = await judgeRecording(`${folder}/${name}`, contracts)
  accounts.push(account)
  process.stderr.write(`${JSON.stringify(account)}\n`)
}
const table = recordingTable(accounts)
process.stdout.write(`${table}\n`)
if (only === "--write") {
  const [head = "", , tail = ""] = readFileSync(page, "utf8").split(/<!-- table (?:begins|ends) -->\n/)
  writeFileSync(page, `${head}<!-- table begins -->\n${table}\n<!-- table ends -->\n${tail}`)
}
