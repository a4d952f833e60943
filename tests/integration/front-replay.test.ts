// A recording replayed is the project's proof: every row is sent or counted, whatever happens to the session meanwhile.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { vi } from "vitest"
import { type FrontHandle, startFront } from "../../src/simulator/front/front.ts"
import type { FrontCounts } from "../../src/simulator/front/front-counts.ts"
import type { FrontError } from "../../src/simulator/front/front-error.ts"
import { frameType } from "../../src/simulator/front/front-frame.ts"
import type { FrontOptions } from "../../src/simulator/front/front-options.ts"
import { recordingColumns } from "../../src/simulator/replay/recording-columns.ts"
import { instrumentsOf } from "../../src/simulator/replay/recording-reader.ts"
import { recordingHeader } from "../support/recording-records.ts"
import { eventually, idOf, pause, textsOf, withFront } from "./front-client.ts"

vi.setConfig({ testTimeout: 120_000 })

const folder = mkdtempSync(join(tmpdir(), "tickd-front-"))
afterAll(() => rmSync(folder, { recursive: true }))

const instruments = ["ru1901", "ru1905", "m1901-C-3000"]
const timeOf = (row: number) => new Date(9 * 3_600_000 + row * 500).toISOString()
const rowOf = (row: number, texts: Readonly<Record<string, string>> = {}) => {
  const time = timeOf(row)
  const filled: Record<string, string> = {
    TradingDay: "20181009",
    InstrumentID: instruments[row % 3] as string,
    LastPrice: `${12_000 + row * 0.5}`,
    Volume: `${row}`,
    ClosePrice: "N/A",
    UpdateTime: time.slice(11, 19),
    UpdateMillisec: time.slice(20, 23),
    BidPrice2: "1.79769e+308",
    ...texts
  }
  return recordingColumns.map(({ name }) => filled[name] ?? "").join(",")
}
const csv = (rows: number) => [recordingHeader, ...Array.from({ length: rows }, (_, row) => rowOf(row)), ""].join("\n")

const file = (name: string, content: string | Buffer) => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const recording = (path: string, speed: "max" | number = "max", settleMs = 1_500): FrontOptions => ({
  source: { type: "recording", file: path, speed, settleMs }
})

const finished = (front: FrontHandle) => Effect.runPromise(front.done)
const balanced = (counts: FrontCounts) =>
  assert.strictEqual(
    counts.rowsRead,
    counts.ticksSent.recording +
      counts.notSubscribed +
      counts.stopped +
      counts.sentToDeadSession +
      counts.unflushed +
      counts.held
  )

describe("a replay at full speed", () => {
  for (const kind of ["day.csv", "day.csv.gz"]) {
    it.live(`sends ${kind} whole and in order, with PACE on`, () => {
      const text = csv(2_000)
      const path = file(kind, kind.endsWith(".gz") ? gzipSync(text) : text)
      return withFront(recording(path), async (front, connect) => {
        const client = await connect().start(instruments)
        await finished(front)
        await client.until(() => client.ticks.length === 2_000, "every tick")
        assert.strictEqual((await client.frame(frameType.pace)).body.readUInt32LE(0), 1)
        assert.strictEqual(textsOf((await client.frame(frameType.loginRsp)).body, 8)[1], "20181009")
        client.ticks.forEach((tick, row) => {
          assert.strictEqual(idOf(tick), instruments[row % 3])
          assert.strictEqual(tick.readInt32LE(136), row)
          assert.strictEqual(tick.readDoubleLE(80), 12_000 + row * 0.5)
          assert.strictEqual(tick.readDoubleLE(160), Number.MAX_VALUE)
          assert.strictEqual(tick.readDoubleLE(256), Number.MAX_VALUE)
        })
        const counts = front.counts()
        assert.deepStrictEqual([counts.finished, counts.rowsRead, counts.ticksSent.recording], [true, 2_000, 2_000])
        balanced(counts)
      })
    })
  }

  it.live("waits for a session that subscribed, and counts rows without a subscriber", () =>
    withFront(recording(file("part.csv", csv(900)), "max", 50), async (front, connect) => {
      const idle = await connect().start([])
      await pause(100)
      assert.strictEqual(front.counts().ticksSent.recording, 0)
      const client = await connect().start(["ru1905"])
      await finished(front)
      await client.until(() => client.ticks.length === 300, "the subscribed ticks")
      assert.deepStrictEqual(new Set(client.ticks.map(idOf)), new Set(["ru1905"]))
      assert.strictEqual(idle.ticks.length, 0)
      assert.deepStrictEqual([front.counts().notSubscribed, front.counts().ticksSent.recording], [600, 300])
    })
  )

  it.live("waits for a client that sends its list in several requests", () =>
    withFront(recording(file("several.csv", csv(900))), async (front, connect) => {
      const client = await connect().start([])
      for (const id of instruments) {
        client.subscribe([id])
        await pause(150)
      }
      await finished(front)
      assert.strictEqual(front.counts().notSubscribed, 0)
      await client.until(() => client.ticks.length === 900, "every tick")
    })
  )

  it.live("stops for a reader that does not read, and loses nothing", () =>
    withFront(recording(file("long.csv", csv(60_000))), async (front, connect) => {
      const client = await connect().start(instruments)
      client.socket.pause()
      await eventually(() => front.counts().unflushed > 0, "a full socket")
      await pause(200)
      assert.isFalse(front.counts().finished)
      assert.isAtMost(front.counts().unflushed, 2_048)
      assert.strictEqual(front.counts().cutSlow, 0)
      client.socket.resume()
      await finished(front)
      await client.until(() => client.ticks.length === 60_000, "every tick")
    })
  )

  it.live("goes on with the next row after the session died, and counts what the dead one had", () =>
    withFront(recording(file("resume.csv", csv(60_000))), async (front, connect) => {
      const first = await connect().start(instruments)
      first.socket.pause()
      await eventually(() => front.counts().unflushed > 0, "a full socket")
      first.close()
      await eventually(() => front.counts().sentToDeadSession > 0, "rows of the dead session")
      const second = await connect().start(instruments)
      await finished(front)
      const counts = front.counts()
      balanced(counts)
      assert.strictEqual(counts.rowsRead, 60_000)
      const next = second.ticks[0]?.readInt32LE(136) as number
      await second.until(() => second.ticks.length === 60_000 - next, "the rest")
      second.ticks.forEach((tick, i) => assert.strictEqual(tick.readInt32LE(136), next + i))
      assert.strictEqual(counts.ticksSent.recording + counts.sentToDeadSession, 60_000)
    })
  )

  it.live("waits for a slow line too", () =>
    withFront(recording(file("slow.csv", csv(900))), async (front, connect) => {
      const client = await connect().start([])
      await Effect.runPromise(front.command({ type: "slow", bytesPerSecond: 408_000 }))
      client.subscribe(instruments)
      await finished(front)
      const { cutSlow, sentToDeadSession, ticksSent, unflushed } = front.counts()
      assert.deepStrictEqual([ticksSent.recording, unflushed, cutSlow, sentToDeadSession], [900, 0, 0, 0])
      await client.until(() => client.ticks.length === 900, "every tick")
    })
  )

  it.live("counts rows of a stopped instrument and pushes a stale row on request", () =>
    withFront({ ...recording(file("stop.csv", csv(300))), staleSnapshot: true }, async (front, connect) => {
      await Effect.runPromise(front.command({ type: "stop-instrument", instrumentId: "ru1905" }))
      await connect().start(instruments)
      await finished(front)
      assert.deepStrictEqual([front.counts().stopped, front.counts().ticksSent.recording], [100, 200])
      const late = await connect().start(["ru1901"])
      await late.until(() => late.ticks.length === 1, "the last row of ru1901")
      assert.strictEqual(late.ticks[0]?.readInt32LE(136), 297)
    })
  )
})

describe("a replay at recorded speed", () => {
  it.live("keeps the recorded time line, divided", () =>
    withFront(recording(file("paced.csv", csv(41)), 20), async (front, connect) => {
      const client = await connect().start(instruments)
      const startMs = Date.now()
      await finished(front)
      assert.isAtLeast(Date.now() - startMs, 900, "20 s of recording at 20 times its speed")
      assert.strictEqual((await client.frame(frameType.pace)).body.readUInt32LE(0), 0)
      await client.until(() => client.ticks.length === 41, "every tick")
    })
  )

  it.live("stands still while no session is there", () =>
    withFront(recording(file("pause.csv", csv(41)), 20), async (front, connect) => {
      const first = await connect().start(instruments)
      await first.until(() => first.ticks.length >= 5, "some ticks")
      first.close()
      await pause(1_200)
      const { rowsRead, held } = front.counts()
      assert.isAbove(held, 10, `${rowsRead} rows read`)
      const second = await connect().start(instruments)
      const startMs = Date.now()
      await finished(front)
      assert.isAbove(Date.now() - startMs, held * 10, "the rest took its time")
      assert.isAbove(second.ticks.length, 10)
      balanced(front.counts())
    })
  )
})

describe("a damaged recording", () => {
  const damages: ReadonlyArray<
    readonly [name: string, content: () => Buffer | string, code: string, sentAtLeast: number]
  > = [
    ["truncated.csv.gz", () => gzipSync(csv(5_000)).subarray(0, -2_000), "RECORDING_TRUNCATED", 1_000],
    [
      "damaged.csv.gz",
      () => {
        const bytes = gzipSync(csv(5_000))
        bytes.writeUInt32LE(12_345, bytes.length - 8)
        return bytes
      },
      "RECORDING_DAMAGED",
      5_000
    ],
    ["short-row.csv", () => `${csv(700)}20181009,ru1901\n`, "RECORDING_ROW", 700],
    [
      "bad-value.csv",
      () => `${csv(700)}${rowOf(700, { LastPrice: "12,x".replace(",", "") })}\n`,
      "RECORDING_VALUE",
      700
    ]
  ]
  for (const [name, content, code, sentAtLeast] of damages) {
    it.live(`${name}: the rows in front of the damage are sent, then the run ends with ${code}`, () =>
      withFront(recording(file(name, content())), async (front, connect) => {
        const client = await connect().start(instruments)
        const error = await Effect.runPromise(Effect.flip(front.done))
        assert.strictEqual(error.code, code)
        assert.include(error.message, name)
        const counts = front.counts()
        assert.isAtLeast(counts.ticksSent.recording, sentAtLeast)
        assert.strictEqual(counts.ticksSent.recording, counts.rowsRead)
        assert.isFalse(counts.finished)
        await client.until(() => client.ticks.length === counts.rowsRead, "every row in front of the damage")
        const contents = await Effect.runPromise(instrumentsOf(join(folder, name)))
        assert.deepStrictEqual([contents.rows, contents.damage?.code], [counts.rowsRead, error.code])
      })
    )
  }

  it.live("is refused at the start when its beginning is no recording", () =>
    Effect.gen(function* () {
      const cases = [
        [join(folder, "absent.csv"), "RECORDING_MISSING"],
        [folder, "RECORDING_UNREADABLE"],
        [file("empty.csv", ""), "RECORDING_EMPTY"],
        [file("header-only.csv", recordingHeader), "RECORDING_EMPTY"],
        [file("other.csv", "a,b,c\n1,2,3\n"), "RECORDING_HEADER"],
        [file("noise.csv.gz", Buffer.from([0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9])), "RECORDING_DAMAGED"]
      ] as const
      for (const [path, code] of cases) {
        const exit = yield* startFront(recording(path)).pipe(Effect.scoped, Effect.flip, Effect.exit)
        assert.isTrue(Exit.isSuccess(exit), path)
        if (Exit.isSuccess(exit)) {
          const error: FrontError = exit.value
          assert.strictEqual(error.code, code, path)
          assert.include(error.message, path)
        }
      }
    })
  )
})
