// Cuts the slices of tests/golden from the recordings. Run: node tests/golden/cut-slices.ts FOLDER
// FOLDER holds ticks/, catalog/ and field/ of the recordings. The same recordings give the same bytes.
import { readFileSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { constants, gunzipSync, gzipSync } from "node:zlib"
import { type Slice, slices } from "./slices.ts"

const from = process.argv[2]
if (from === undefined) throw new Error("usage: node tests/golden/cut-slices.ts FOLDER")

const put = (folder: string, name: string, text: string) => {
  const bytes = gzipSync(Buffer.from(text, folder === "ticks" ? "latin1" : "utf8"), {
    level: constants.Z_BEST_COMPRESSION,
    memLevel: 9
  })
  // The byte that names the operating system: a slice cut elsewhere is the same file.
  bytes[9] = 255
  writeFileSync(new URL(`${folder}/${name}`, import.meta.url), bytes)
  return bytes.length
}

interface Row {
  readonly line: string
  readonly id: string
  readonly time: string
}

const reader = (file: string, header: string): ((line: string) => Row) => {
  if (file.includes(".jsonl")) {
    return (line) => {
      const tick = JSON.parse(line) as { readonly InstrumentID: string; readonly UpdateTime: string }
      return { line, id: tick.InstrumentID, time: tick.UpdateTime }
    }
  }
  const names = header.split(",")
  const idAt = names.indexOf("InstrumentID")
  const timeAt = names.indexOf(names.includes("UpdateTime") ? "UpdateTime" : "RecvTime")
  return (line) => {
    const cells = line.split(",", Math.max(idAt, timeAt) + 1)
    return { line, id: cells[idAt] ?? "", time: cells[timeAt] ?? "" }
  }
}

const cut = ({ file, ids, windows, repeated = 0 }: Slice) => {
  const lines = gunzipSync(readFileSync(join(from, "ticks", file)))
    .toString("latin1")
    .trimEnd()
    .split("\n")
  const header = file.includes(".jsonl") ? [] : lines.splice(0, 1)
  const rows = lines.map(reader(file, header[0]?.trim() ?? ""))
  const wanted = rows.map(({ id }) => ids === undefined || ids.includes(id))
  const kept = new Set<number>()
  for (const [start, until, count, which] of windows) {
    const inside = [...rows.keys()].filter((at) => {
      const { time } = rows[at] as Row
      return wanted[at] && time >= start && time < until
    })
    for (const at of which === "last" ? inside.slice(-count) : inside.slice(0, count)) kept.add(at)
  }
  const before = new Map<string, number>()
  let found = 0
  for (const [at, { id, line }] of rows.entries()) {
    const previous = before.get(id)
    before.set(id, at)
    if (found === repeated) break
    if (!wanted[at] || previous === undefined || rows[previous]?.line !== line) continue
    kept.add(previous).add(at)
    found++
  }
  const order = [...kept].sort((a, b) => a - b)
  const text = [...header, ...order.map((at) => (rows[at] as Row).line), ""].join("\n")
  const bytes = put("ticks", file, text)
  console.log(`| ticks/${file} | ${rows.length} | ${order.length} | ${bytes} |`)
}

for (const slice of slices) cut(slice)

// Contract lists and tables: complete, because they are small when compressed.
for (const name of [
  "trading_times_homalos.json",
  "wondertrader_commodities.json",
  "wondertrader_contracts.json",
  "wondertrader_holidays.json",
  "wondertrader_sessions.json"
]) {
  console.log(
    `| catalog/${name}.gz | | whole | ${put("catalog", `${name}.gz`, readFileSync(join(from, "catalog", name), "utf8"))} |`
  )
}

// The two large lists. Of the futures: the first two of each product. Of the dump: every future and EFP and every
// 32nd option, with all repetitions of a kept row.
const json = (name: string): unknown => JSON.parse(readFileSync(join(from, "catalog", name), "utf8"))
const putRows = (name: string, all: number, kept: number, text: string) =>
  console.log(`| catalog/${name}.gz | ${all} | ${kept} | ${put("catalog", `${name}.gz`, text)} |`)

const futuresFile = "instruments_20251226_homalos.json"
const futures = json(futuresFile) as { readonly instruments: Record<string, { readonly product_id: string }> }
const seen = new Map<string, number>()
const someFutures = Object.entries(futures.instruments).filter(([, { product_id }]) => {
  seen.set(product_id, (seen.get(product_id) ?? 0) + 1)
  return (seen.get(product_id) as number) <= 2
})
const futuresText = someFutures.map(([id, row]) => `${JSON.stringify(id)}:${JSON.stringify(row)}`).join(",\n")
putRows(
  futuresFile,
  Object.keys(futures.instruments).length,
  someFutures.length,
  `{"instruments":{\n${futuresText}\n}}\n`
)

const dumpFile = "ctp_instruments_2021_xiaoqiyu.json"
const dump = json(dumpFile) as ReadonlyArray<Record<string, string>>
const options = [...new Set(dump.filter((row) => row["ProductClass"] === "2").map((row) => row["InstrumentID"]))]
const kept = new Set(options.filter((_, at) => at % 32 === 0))
const someRows = dump.filter((row) => row["ProductClass"] !== "2" || kept.has(row["InstrumentID"]))
putRows(dumpFile, dump.length, someRows.length, `[\n${someRows.map((row) => JSON.stringify(row)).join(",\n")}\n]\n`)

for (const name of ["before-first-trade.csv", "partial-first.csv", "partial-ticks.csv"]) {
  const file = join(from, "field", name)
  console.log(`| field/${basename(file)}.gz | | whole | ${put("field", `${name}.gz`, readFileSync(file, "utf8"))} |`)
}
