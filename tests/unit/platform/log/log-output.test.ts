// A daemon once ended with "a bug" because its log could not be written, and a slow reader cost it 5 MB of memory a
// second.
import { assert, describe, it } from "@effect/vitest"
import { LogOutput } from "../../../../src/platform/log/log-output.ts"

/** A descriptor that takes what the test allows, and timers that the test runs. */
const descriptor = () => {
  const state = { room: Number.POSITIVE_INFINITY, error: undefined as string | undefined, text: "", calls: 0 }
  const timers: Array<() => void> = []
  const output = new LogOutput({
    write: (bytes) => {
      state.calls++
      const taken = Math.min(bytes.length, state.room)
      if (taken === 0) throw Object.assign(new Error(), { code: state.error ?? "EAGAIN" })
      state.text += Buffer.from(bytes.subarray(0, taken)).toString()
      state.room -= taken
      return taken
    },
    later: (run) => void timers.push(run),
    waitingBytesMax: 100,
    droppedLine: ({ count, total, reason }) => `dropped ${count} of ${total}: ${reason}\n`
  })
  return { state, timers, output }
}

describe("R15: a log that cannot be written", () => {
  it("R15: drops and counts lines on a full disk, and says so when there is room again", () => {
    const { state, output, timers } = descriptor()
    state.room = 0
    for (const error of ["ENOSPC", "EPIPE", "EIO"]) {
      state.error = error
      output.write("lost\n")
    }
    assert.strictEqual(output.dropped, 3)
    state.room = Number.POSITIVE_INFINITY
    output.write("back\n")
    assert.strictEqual(state.text, "back\ndropped 3 of 3: EIO\n")
    assert.lengthOf(timers, 0)
  })

  it("R15: keeps a bounded number of bytes for a slow reader, asks it by timer, and counts what is beyond", () => {
    const { state, output, timers } = descriptor()
    state.room = 0
    for (let at = 0; at < 1000; at++) output.write(`line ${at}\n`)
    assert.isAbove(output.dropped, 980)
    assert.strictEqual(state.calls, 1, "a line that waits costs no system call")
    assert.isFalse(output.isEmpty())
    state.room = Number.POSITIVE_INFINITY
    timers.shift()?.()
    assert.isTrue(output.isEmpty())
    assert.match(state.text, /^line 0\nline 1\n[^]*dropped 98\d of 98\d: its reader is slow\n$/)
    assert.strictEqual(state.text.split("\n").length - 2 + output.dropped, 1000)
  })

  it("R15: ends a line of which only a part could be written before the next one", () => {
    const { state, output } = descriptor()
    state.error = "ENOSPC"
    state.room = 4
    output.write("first line\n")
    assert.strictEqual(output.dropped, 1)
    state.room = Number.POSITIVE_INFINITY
    output.write("second\n")
    assert.strictEqual(state.text, "firs\nsecond\ndropped 1 of 1: ENOSPC\n")
  })
})
