// A number that changes inside the line is worse than a lost one, because it is not noticed: the stored messages of
// real recordings are compared with the recordings' own text, by a reader that shares no code.
import { afterEach, describe, expect, it } from "vitest"
import { endCommands, freePorts, lastJson, stateFolder, tickd } from "../support/cli-process.ts"
import { expectedMessage, readRows } from "../support/cli-recordings.ts"
import { sampleStored } from "../support/cli-stream.ts"
import { recordingsOf } from "../support/recordings.ts"

afterEach(endCommands)

const sampled = 400

describe("a replay keeps every row and every field", () => {
  for (const { name, path, title, rows, absentAs } of [
    { name: "smoke_me_20171113_0900_0902", slice: 600, whole: 14_655, absentAs: "" },
    { name: "jt_ru1901_20181008", slice: 330, whole: 38_536, absentAs: "N/A" },
    { name: "ctpmd_CFFEX_20160811", slice: 379, whole: 162_747, absentAs: "1.79769e+308" },
    { name: "qb_IF5_20141225", slice: 178, whole: 127_764, absentAs: "" }
  ].flatMap(({ name, slice, whole, absentAs }) =>
    recordingsOf(`${name}.csv.gz`).map(({ extent, path, title }) => {
      return { name, path, title, absentAs, rows: extent === "slice" ? slice : whole }
    })
  )) {
    it(title, async () => {
      const state = stateFolder()
      try {
        const args = ["--replay", path, "--speed", "max", "--json", "--state", state.path]
        const { code, stdout, stderr } = await tickd(["demo", ...args, ...freePorts])
        expect(stderr).not.toMatch(/tickd: /)
        expect(code).toBe(0)
        const report = lastJson(stdout)
        const count = (key: string) => Number(report[key] ?? 0)
        expect(count("received")).toBe(rows)
        expect(count("published") + count("quarantined") + count("duplicate")).toBe(rows)
        expect(report).toMatchObject({ dropped: 0, in_flight: 0, stored: report["published"], restarts: 0 })

        const recorded = readRows(path)
        expect(recorded).toHaveLength(rows)
        const { messages, sample } = await sampleStored(state.path, sampled)
        expect(messages).toBe(report["published"])
        expect(sample.length).toBeGreaterThanOrEqual(Math.min(sampled, messages))
        for (const { subject, tick } of sample) {
          const row = recorded[tick.seq - 1]
          if (row === undefined) throw new Error(`message ${tick.seq} has no row`)
          const expected = expectedMessage(row)
          const found = Object.fromEntries(Object.keys(expected).map((key) => [key, tick[key]]))
          expect(found, `row ${tick.seq} of ${name}`).toEqual(expected)
          const product = /^[A-Za-z]+/.exec(tick.symbol)?.[0]
          expect(subject).toBe(`md.tick.${String(expected["exchange"])}.${product}.${tick.symbol}`)
        }
        // The sample contains the file's own form of "no value", so the comparison above covers it.
        const texts = sample.flatMap(({ tick }) => [...(recorded[tick.seq - 1]?.values() ?? [])])
        expect(texts).toContain(absentAs)
        if (name.startsWith("qb_IF5")) expect(sample.some(({ tick }) => tick["bid_price_5"] !== undefined)).toBe(true)
        if (name.startsWith("jt_ru")) {
          const night = sample.filter(({ tick }) => tick["trading_day"] === "20181009")
          expect(night.length).toBeGreaterThan(20)
          expect(night.every(({ tick }) => String(tick["datetime"]) >= "2018-10-08T12:")).toBe(true)
        }
      } finally {
        state.remove()
      }
    })
  }
})
