// Real recorded ticks are the only honest input: each row must leave the front as the exchange's front once sent it.
import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { vi } from "vitest"
import { recordingColumns } from "../../src/simulator/replay/recording-columns.ts"
import { instrumentsOf } from "../../src/simulator/replay/recording-reader.ts"
import { recordingsOf } from "../support/recordings.ts"
import { withFront } from "./front-client.ts"

vi.setConfig({ testTimeout: 120_000 })

const counts = { slice: { rows: 600, instruments: 6 }, whole: { rows: 14_655, instruments: 132 } }

describe("the recordings", () => {
  for (const { extent, path: smoke, title } of recordingsOf("smoke_me_20171113_0900_0902.csv.gz")) {
    const { rows: rowCount, instruments } = counts[extent]
    it.live(`${title}: arrives with all ${rowCount} rows as written`, () =>
      Effect.gen(function* () {
        const contents = yield* instrumentsOf(smoke)
        assert.deepStrictEqual(
          [contents.rows, contents.instruments.length, contents.damage],
          [rowCount, instruments, undefined]
        )
        const rows = gunzipSync(readFileSync(smoke)).toString("latin1").split("\n").slice(1)
        yield* withFront({ source: { type: "recording", file: smoke, speed: "max" } }, async (front, connect) => {
          const client = await connect().start(contents.instruments)
          await Effect.runPromise(front.done)
          await client.until(() => client.ticks.length === rowCount, "every row")
          assert.strictEqual(front.counts().ticksSent.recording, rowCount)
          client.ticks.forEach((tick, row) => {
            const fields = (rows[row] as string).split(",")
            recordingColumns.forEach((column, index) => {
              const text = fields[index] as string
              if (column.kind === "double") {
                assert.strictEqual(tick.readDoubleLE(column.at), text === "" ? Number.MAX_VALUE : Number(text))
              } else if (column.kind === "int") assert.strictEqual(tick.readInt32LE(column.at), Number(text))
              else assert.strictEqual(tick.toString("latin1", column.at, column.at + text.length + 1), `${text}\0`)
            })
          })
        })
      })
    )
  }
})
