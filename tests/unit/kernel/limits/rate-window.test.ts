// A front counts what it gets in any second: a window that forgets early sends too much, a late one is slow.
import { assert, describe, it } from "@effect/vitest"
import { RateWindow } from "../../../../src/kernel/limits/rate-window.ts"

describe("RateWindow", () => {
  it("forgets an entry when it is exactly as old as the window", () => {
    const window = new RateWindow(1000)
    window.add(0, 3)
    window.add(500, 2)
    assert.deepStrictEqual(
      [0, 999, 1000, 1499, 1500].map((nowMs) => window.usedAt(nowMs)),
      [5, 5, 2, 2, 0]
    )
  })

  it("admits all of a request or nothing of it", () => {
    const window = new RateWindow(1000)
    assert.isTrue(window.admit(0, 10, 10))
    assert.isFalse(window.admit(999, 1, 10))
    assert.strictEqual(window.usedAt(999), 10)
    assert.isFalse(window.admit(1000, 11, 10))
    assert.isTrue(window.admit(1000, 10, 10))
  })

  it("says how long until its oldest entry is gone, and never 0 while there is one", () => {
    const window = new RateWindow(1000)
    assert.strictEqual(window.waitMs(5), 0)
    window.add(100, 1)
    window.add(600, 1)
    assert.deepStrictEqual([window.waitMs(100), window.waitMs(1099), window.waitMs(1100)], [1000, 1, 1])
    window.usedAt(1100)
    assert.strictEqual(window.waitMs(1100), 500)
  })

  it("lets no more through in any window of its length, whatever is asked and when", () => {
    const window = new RateWindow(1000)
    const sent: Array<readonly [atMs: number, count: number]> = []
    let state = 7
    const random = (n: number) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % n
    for (let nowMs = 0; nowMs < 30_000; nowMs += random(60)) {
      const count = 1 + random(7)
      if (window.admit(nowMs, count, 20)) sent.push([nowMs, count])
    }
    for (const [fromMs] of sent) {
      const inside = sent.filter(([atMs]) => atMs >= fromMs && atMs < fromMs + 1000)
      assert.isAtMost(
        inside.reduce((sum, [, count]) => sum + count, 0),
        20
      )
    }
    const total = sent.reduce((sum, [, count]) => sum + count, 0)
    assert.isAbove(total, 400, "and the limit is used")
  })

  it("counts what it holds as of now after the clock was set back, so that it is empty a window later", () => {
    const window = new RateWindow(1000)
    window.add(3_600_000, 3)
    window.add(3_600_500, 2)
    assert.strictEqual(window.usedAt(600), 5)
    assert.strictEqual(window.waitMs(700), 900)
    assert.strictEqual(window.usedAt(1600), 0)
    window.add(3_600_000, 3)
    assert.strictEqual(window.waitMs(2000), 1000)
  })
})
