// A front that breaks every connection must not fill the disk: at most one line a second, no count lost, the last
// state reported.
import { assert, it } from "vitest"
import { LinkLines } from "../../../../../src/market/layers/log/daemon-log-link.ts"

it("writes the first changes one by one, a storm as one line a second, and how the link stands at its end", () => {
  let nowMs = 0
  const alarms: Array<{ readonly atMs: number; readonly run: () => void }> = []
  const lines: Array<string> = []
  let told = 0
  const log = new LinkLines({
    nowMs: () => nowMs,
    later: (run, afterMs) => void alarms.push({ atMs: nowMs + afterMs, run }),
    one: (change) => {
      told++
      lines.push(`${nowMs} ${change.kind}`)
    },
    many: ({ connects, losses, last }) => {
      told += connects + losses
      lines.push(`${nowMs} storm ${last.kind}`)
    }
  })
  const passTo = (untilMs: number) => {
    for (; nowMs < untilMs; nowMs += 5) {
      while ((alarms[0]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs) alarms.shift()?.run()
    }
  }
  log.note({ kind: "connected", folded: 0 })
  passTo(10_000)
  log.note({ kind: "disconnected", reason: 0x1001 })
  log.note({ kind: "connected", folded: 0 })
  assert.deepStrictEqual(lines.splice(0), ["0 connected", "10000 disconnected", "10000 connected"])
  passTo(20_000)
  told = 0
  let sent = 0
  for (let round = 0; round < 50; round++) {
    log.note({ kind: "disconnected", reason: 0x2003 })
    log.note({ kind: "connected", folded: 2 })
    sent += 4
    passTo(nowMs + 100)
  }
  log.note({ kind: "disconnected", reason: 0x2003 })
  passTo(30_000)
  assert.isAtMost(lines.length, 4 + 6)
  assert.strictEqual(lines.at(-1)?.split(" ").at(-1), "disconnected")
  // The two connects of the burst were written with what they had folded.
  assert.strictEqual(told, sent + 1 - 2 * 2)
})
