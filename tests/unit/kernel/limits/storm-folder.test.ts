// Events that occur by the thousand must cost a few reports, lose no count, and leave the last state visible.
import { assert, describe, it } from "vitest"
import { LineStorm } from "../../../../src/kernel/limits/line-storm.ts"
import { otherKey, StormFolder, StormFolders } from "../../../../src/kernel/limits/storm-folder.ts"

const makeClock = () => {
  let alarms: Array<{ readonly atMs: number; readonly run: () => void }> = []
  const clock = {
    ms: 0,
    nowMs: () => clock.ms,
    later: (run: () => void, afterMs: number) => void alarms.push({ atMs: clock.ms + afterMs, run }),
    passTo: (untilMs: number) => {
      for (;;) {
        const next = alarms.reduce<(typeof alarms)[number] | undefined>(
          (first, alarm) => (first === undefined || alarm.atMs < first.atMs ? alarm : first),
          undefined
        )
        if (next === undefined || next.atMs > untilMs) break
        alarms = alarms.filter((alarm) => alarm !== next)
        clock.ms = Math.max(clock.ms, next.atMs)
        next.run()
      }
      clock.ms = untilMs
    }
  }
  return clock
}

describe("StormFolder", () => {
  const make = (limits: { burst: number; everyMs: number; mostMs?: number }) => {
    const clock = makeClock()
    const reports: Array<{ readonly atMs: number; readonly event: number; readonly count: number }> = []
    const folder = new StormFolder<number>({
      limits,
      nowMs: clock.nowMs,
      later: clock.later,
      report: (event, count) => reports.push({ atMs: clock.ms, event, count })
    })
    return { clock, reports, folder }
  }

  it("R14, V2: 10,000 events a second for a minute are a report a second, with every event counted and the last one reported", () => {
    const { clock, reports, folder } = make({ burst: 5, everyMs: 1000 })
    for (let event = 0; event < 600_000; event++) {
      clock.passTo(event / 10)
      folder.note(event)
    }
    clock.passTo(120_000)
    assert.isAtMost(reports.length, 5 + 61)
    assert.strictEqual(
      reports.reduce((sum, { count }) => sum + count, 0),
      600_000
    )
    assert.strictEqual(reports.at(-1)?.event, 599_999)
    assert.isTrue(folder.isAtRest())
  })

  it("V4: reports a storm of days less and less often, and the first event after it at once", () => {
    const { clock, reports, folder } = make({ burst: 1, everyMs: 1000, mostMs: 8000 })
    const dayMs = 86_400_000
    for (let at = 0; at < dayMs; at += 500) {
      clock.passTo(at)
      folder.note(at)
    }
    clock.passTo(dayMs + 60_000)
    assert.isAtMost(reports.length, dayMs / 8000 + 10)
    const before = reports.length
    folder.note(1)
    assert.deepStrictEqual(reports.slice(before), [{ atMs: dayMs + 60_000, event: 1, count: 1 }])
  })

  it("continues without a timer, and reports an early flush once", () => {
    const reports: Array<number> = []
    let nowMs = 0
    const folder = new StormFolder<null>({
      limits: { burst: 1, everyMs: 1000 },
      nowMs: () => nowMs,
      later: () => undefined,
      report: (_, count) => reports.push(count)
    })
    for (; nowMs <= 3500; nowMs += 100) folder.note(null)
    folder.flush()
    folder.flush()
    assert.strictEqual(
      reports.reduce((sum, count) => sum + count, 0),
      36
    )
    assert.isAtMost(reports.length, 6)
  })

  it("keeps kinds apart, but no more of them than it has room for", () => {
    const clock = makeClock()
    const reports: Array<string> = []
    const folders = new StormFolders<number>(
      (key) =>
        new StormFolder({
          limits: { burst: 1, everyMs: 1000 },
          nowMs: clock.nowMs,
          later: clock.later,
          report: (_, count) => reports.push(`${key} ${count}`)
        })
    )
    for (let at = 0; at < 100; at++) folders.note("a", at)
    folders.note("b", 0)
    assert.deepStrictEqual(reports, ["a 1", "b 1"])
    for (let at = 0; at < 1000; at++) folders.note(`key ${at}`, at)
    folders.flush()
    assert.isAtMost(reports.length, 2 + 256 + 2)
    assert.include(reports.at(-1) ?? "", otherKey)
    assert.include(reports, "a 99")
  })
})

describe("LineStorm", () => {
  const make = () => {
    const clock = makeClock()
    const lines: Array<{ readonly line: string; readonly folded: number }> = []
    const read: Array<string> = []
    const storm = new LineStorm({
      onLine: (line, folded) => lines.push({ line, folded }),
      nowMs: clock.nowMs,
      later: clock.later,
      prefix: "tickd-feed-worker: ",
      onRead: (line) => {
        if (line.startsWith("tickd-feed-worker: ")) read.push(line)
      }
    })
    const print = (text: string) => storm.take(new TextEncoder().encode(text))
    return { clock, lines, read, storm, print }
  }

  it("R14, V2: 10,000 lines a second of a vendor's library are a line a second that says how many and which", () => {
    const { clock, lines, print, read } = make()
    for (let ms = 0; ms < 60_000; ms += 100) {
      clock.passTo(ms)
      print(Array.from({ length: 1000 }, (_, at) => `Api::OnSessionDisconnected[0x7f00][1][${8000 + at}]\n`).join(""))
    }
    print("tickd-feed-worker: the library hangs in Release\n")
    clock.passTo(70_000)
    assert.isAtMost(lines.length, 10 + 61)
    assert.strictEqual(
      lines.reduce((sum, { folded }) => sum + folded, 0),
      600_001
    )
    assert.strictEqual(lines[0]?.line, "Api::OnSessionDisconnected[0x7f00][1][8000]")
    assert.match(lines[20]?.line ?? "", /^10000 lines folded: \d+ × "Api::OnSessionDisconnected\[0x7f00\]\[1\]\[\d+\]"/)
    assert.deepStrictEqual(read, ["tickd-feed-worker: the library hangs in Release"])
  })

  it("joins what arrives in pieces, cuts a line without an end, and reports the last one at the end", () => {
    const { lines, print, storm } = make()
    print("one\r\ntw")
    print("o\nthree")
    for (let at = 0; at < 100; at++) print("x".repeat(1000))
    storm.end()
    assert.deepStrictEqual(
      lines.slice(0, 2).map(({ line }) => line),
      ["one", "two"]
    )
    assert.lengthOf(lines, 3)
    assert.lengthOf(lines[2]?.line ?? "", 4096)
  })
})
