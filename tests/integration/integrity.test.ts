// Consumers never see a bad tick, and everybody can see which ones they were: each injected fault under its own name.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, Schema } from "effect"
import { afterAll, describe, expect, it } from "vitest"
import { double, TickSlab } from "../../src/kernel/tick/tick-slab.ts"
import { CertificateMessageJson, CertificatePartJson } from "../../src/protocol/market/certificate-message.ts"
import { QuarantineMessage } from "../../src/protocol/market/quarantine-message.ts"
import { TickMessage } from "../../src/protocol/market/tick/tick-schema.ts"
import { recordingColumns } from "../../src/simulator/replay/recording-columns.ts"
import { endCommands, freePorts, lastJson, tickd } from "../support/cli-process.ts"
import { connection, startServer } from "../support/nats-server.ts"
import { recordingHeader } from "../support/recording-records.ts"

const folder = mkdtempSync(join(tmpdir(), "tickd-account-"))
afterAll(async () => {
  await endCommands()
  rmSync(folder, { recursive: true, force: true })
})

const sound = {
  TradingDay: "20181009",
  ActionDay: "20181009",
  InstrumentID: "ru1901",
  LastPrice: "12320",
  UpperLimitPrice: "13170",
  LowerLimitPrice: "11445",
  Volume: "100",
  Turnover: "1000000",
  OpenInterest: "321626",
  UpdateMillisec: "500",
  BidPrice1: "12315",
  BidVolume1: "20",
  AskPrice1: "12320",
  AskVolume1: "1"
}

const second = (n: number) => `10:${String(Math.floor(n / 60)).padStart(2, "0")}:${String(n % 60).padStart(2, "0")}`
const row = (at: number, changes: Record<string, string> = {}): string => {
  const fields: Record<string, string> = { ...sound, UpdateTime: second(at), Volume: String(100 + at), ...changes }
  return recordingColumns.map(({ name }) => fields[name] ?? "").join(",")
}

/** Fault by the name under which it must be found. Row `n` of the recording gets the n-th. */
const faults: ReadonlyArray<readonly [reason: string, changes: Record<string, string>]> = [
  ["book_crossed", { BidPrice1: "12325" }],
  ["price_in_limits", { LastPrice: "13175" }],
  ["volume_negative", { Volume: "-4" }],
  ["volume_fell", { Volume: "3" }],
  ["time_fell", { UpdateTime: "09:59:00" }],
  ["struct_insane", { LastPrice: "4.005552e-317", Volume: "-603848704" }],
  ["unknown_instrument", { InstrumentID: "QQ9999" }],
  ["no_exchange_time", { UpdateTime: "" }],
  ["open_interest_negative", { OpenInterest: "-1" }],
  ["price_positive", { LastPrice: "-5" }]
]
const absentForms = ["1.7976931348623157e+308", "1.79769e+308", "1.797693135e+308", "N/A"]

const stored = (state: string) =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const server = yield* startServer({ storeDir: `${state}/nats` })
        const nats = yield* connection(server.url)
        return yield* Effect.promise(async () => {
          const manager = await jetstreamManager(nats)
          const read = async (stream: string) => {
            const { state } = await manager.streams.info(stream)
            const messages: Array<{ readonly subject: string; readonly text: string }> = []
            for (let seq = 1; seq <= state.last_seq; seq++) {
              const message = await manager.streams.getMessage(stream, { seq })
              if (message !== null) messages.push({ subject: message.subject, text: message.string() })
            }
            return messages
          }
          return {
            ticks: await read("MD_TICKS"),
            quarantined: await read("MD_QUARANTINE"),
            account: await read("MD_INTEGRITY"),
            shown: await tickd(["certificate", "--server", server.url]),
            json: await tickd(["certificate", "--server", server.url, "--day", "20181009", "--json"]),
            none: await tickd(["certificate", "--server", server.url, "--day", "20181010"])
          }
        })
      })
    )
  )

describe("the account of a line with faults", () => {
  it("catches each fault under its name, keeps its bytes, and certifies what is left", async () => {
    const rows: Array<string> = []
    for (const [, changes] of faults) rows.push(row(rows.length), row(rows.length + 1, changes))
    const repeated = row(rows.length)
    rows.push(repeated, repeated)
    for (const form of absentForms) {
      rows.push(row(rows.length, { LastPrice: form, UpperLimitPrice: form, LowerLimitPrice: form }))
    }
    const path = join(folder, "faults.csv")
    writeFileSync(path, `${[recordingHeader, ...rows].join("\n")}\n`)
    const state = join(folder, "state")
    const ended = await tickd(["demo", "--replay", path, "--speed", "max", "--json", "--state", state, ...freePorts])
    expect(ended.code, ended.stderr).toBe(0)
    const published = faults.length + 1 + absentForms.length
    expect(lastJson(ended.stdout)).toMatchObject({
      received: rows.length,
      published,
      stored: published,
      duplicate: 1,
      quarantined: faults.length,
      dropped: 0,
      in_flight: 0,
      balanced: true
    })

    const { ticks, quarantined, account, shown, json, none } = await stored(state)
    const messages = ticks.map(({ text }) => Schema.decodeUnknownSync(Schema.fromJsonString(TickMessage))(text))
    for (const message of messages.slice(-absentForms.length)) {
      expect(message).not.toHaveProperty("last_price")
      expect(message).not.toHaveProperty("limit_up")
    }
    expect(messages.slice(1).every((message) => (message.last_volume ?? -1) >= 0)).toBe(true)

    expect(quarantined.map(({ subject }) => subject)).toEqual(faults.map(([reason]) => `md.quarantine.${reason}`))
    const seqs = new Set(messages.map(({ seq }) => seq))
    for (const [at, { text }] of quarantined.entries()) {
      const message = Schema.decodeUnknownSync(Schema.fromJsonString(QuarantineMessage))(text)
      expect(message.seq).toBe(2 * at + 2)
      expect(seqs.has(message.seq)).toBe(false)
      const slab = new TickSlab(1)
      slab.bytes.set(Buffer.from(message.raw, "base64"))
      expect(slab.seq(0)).toBe(message.seq)
      expect(slab.f64[double.last]).toBe(Number(faults[at]?.[1]["LastPrice"] ?? sound.LastPrice))
    }

    const total = Schema.decodeUnknownSync(CertificateMessageJson)(account.at(-1)?.text)
    expect(account.at(-1)?.subject).toBe("md.certificate.20181009.day")
    expect(total).toMatchObject({
      trading_day: "20181009",
      session: "day",
      received: rows.length,
      published,
      duplicate: 1,
      quarantined: faults.length,
      complete: false,
      instruments: 1,
      instrument_parts: 1
    })
    expect(total.incomplete_because).toContain(`${faults.length} ticks quarantined`)
    expect(shown.stdout).toMatch(/^20181009 day {2}primary {2}INCOMPLETE/)
    expect(shown.stdout).toMatch(new RegExp(`because +${faults.length} ticks quarantined`))
    const [certificate] = JSON.parse(json.stdout) as ReadonlyArray<{ by_instrument: ReadonlyArray<unknown> }>
    expect(certificate).toMatchObject({ ...total, by_instrument: [{ symbol: "ru1901", published }] })
    expect(none.code).toBe(69)
    expect(none.stderr).toMatch(/There is no certificate for 20181010: one is issued .* \[NO_CERTIFICATE\]/)
    const part = Schema.decodeUnknownSync(CertificatePartJson)(account.at(-2)?.text)
    expect(part.instruments[0]).toMatchObject({ symbol: "ru1901", exchange: "SHFE", published, duplicate: 1 })
  })
})
