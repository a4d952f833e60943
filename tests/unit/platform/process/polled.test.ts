// A scrape must neither wait for a server that hangs nor show what was true an hour ago.
import { assert, describe, it } from "vitest"
import { makePolled } from "../../../../src/platform/process/polled.ts"

describe("a value that is asked for at scrapes", () => {
  it("is asked for once in its time, by all scrapes of that time together", async () => {
    let nowMs = 0
    let asked = 0
    const read = makePolled({ ask: async () => ++asked, everyMs: 1000, monotonicMs: () => nowMs })
    assert.deepStrictEqual(await Promise.all([read(), read()]), [1, 1])
    nowMs = 999
    assert.strictEqual(await read(), 1)
    nowMs = 1000
    assert.strictEqual(await read(), 2)
  })

  it("is not shown when it cannot be read again, or not in time", async () => {
    let nowMs = 0
    const answers: ReadonlyArray<() => Promise<number>> = [
      async () => 1,
      () => Promise.reject(new Error("away")),
      () => new Promise(() => undefined),
      async () => 4
    ]
    const read = makePolled({
      ask: () => (answers[nowMs / 1000] as () => Promise<number>)(),
      everyMs: 1000,
      monotonicMs: () => nowMs
    })
    const seen: Array<number | undefined> = []
    for (; nowMs < 4000; nowMs += 1000) seen.push(await read())
    assert.deepStrictEqual(seen, [1, undefined, undefined, 4])
  })
})
