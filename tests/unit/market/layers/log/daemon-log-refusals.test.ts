// A front that refuses thousands must not fill the disk, and the few remaining lines must name the error and count
// all.
import { assert, it } from "vitest"
import {
  type RefusalKind,
  RefusalLines,
  refusalWords
} from "../../../../../src/market/layers/log/daemon-log-refusals.ts"

const make = () => {
  let nowMs = 0
  let alarms: Array<{ readonly atMs: number; readonly run: () => void }> = []
  const lines: Array<{ readonly atMs: number; readonly count: number; readonly kinds: ReadonlyArray<RefusalKind> }> = []
  const log = new RefusalLines({
    nowMs: () => nowMs,
    later: (run, afterMs) => void alarms.push({ atMs: nowMs + afterMs, run }),
    tell: (count, kinds) => void lines.push({ atMs: nowMs, count, kinds })
  })
  return {
    lines,
    refuse: (errorId: number, instrumentId: string) => log.note({ errorId, instrumentId, message: "CTP: text" }),
    end: () => log.flush(),
    pass: (ms: number) => {
      nowMs += ms
      const due = alarms.filter(({ atMs }) => atMs <= nowMs)
      alarms = alarms.filter(({ atMs }) => atMs > nowMs)
      for (const { run } of due) run()
    },
    alarms: () => alarms.length
  }
}

it("reports the first refusal at once and a flood in one line a second, by name and with every one counted", () => {
  const { alarms, lines, pass, refuse } = make()
  refuse(16, "zz9999")
  assert.deepStrictEqual(lines, [
    {
      atMs: 0,
      count: 1,
      kinds: [{ error_id: 16, name: "INSTRUMENT_NOT_FOUND", text: "CTP: text", count: 1, first: ["zz9999"] }]
    }
  ])
  for (let round = 0; round < 20; round++) {
    for (let count = 0; count < 300; count++) refuse(6000, `rb${round * 300 + count}`)
    pass(100)
  }
  refuse(16, "zz9998")
  pass(1000)
  assert.deepStrictEqual(
    lines.map(({ atMs }) => atMs),
    [0, 1000, 2000, 3000]
  )
  assert.strictEqual(
    lines.reduce((sum, { count }) => sum + count, 0),
    6002
  )
  assert.strictEqual(refusalWords(lines[1]?.kinds ?? []), "3000 TOO_MANY_INSTRUMENTS (rb0, rb1, rb2, rb3, rb4, …)")
  assert.strictEqual(refusalWords(lines[3]?.kinds ?? []), "1 INSTRUMENT_NOT_FOUND (zz9998)")
  // Silent again: no timer is left, and the next refusal is reported at once.
  pass(1000)
  assert.strictEqual(alarms(), 0)
  refuse(77, "a")
  assert.strictEqual(lines.at(-1)?.kinds[0]?.name, "ERROR_77")
})

it("distinguishes four errors at most, and counts the rest", () => {
  const { lines, pass, refuse } = make()
  refuse(1, "a")
  for (let errorId = 100; errorId < 110; errorId++) refuse(errorId, "b")
  pass(1000)
  assert.strictEqual(lines.at(-1)?.count, 10)
  assert.strictEqual(lines.at(-1)?.kinds.length, 4)
})

it("reports refusals of the last second when the process ends, and nothing twice", () => {
  const { end, lines, pass, refuse } = make()
  refuse(16, "a")
  refuse(16, "b")
  refuse(6000, "c")
  end()
  end()
  pass(5000)
  assert.deepStrictEqual(
    lines.map(({ count, kinds }) => [count, kinds.map(({ first }) => first)]),
    [
      [1, [["a"]]],
      [2, [["b"], ["c"]]]
    ]
  )
})
