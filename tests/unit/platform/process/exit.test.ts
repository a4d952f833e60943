// A daemon must drain when its terminal goes, and must go on under nohup, whose SIG_IGN Node takes back.
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { Shutdown } from "../../../../src/platform/process/exit.ts"

const leaving = () => {
  const codes: Array<number> = []
  const lines: Array<string> = []
  const leave = new Shutdown({ exit: (code) => void codes.push(code), say: () => undefined, later: () => undefined })
  leave.guard({ deadlineMs: 1000, stillStopping: () => [], log: (_, event) => void lines.push(event) })
  return { leave, codes, lines }
}

describe("V7: SIGHUP", () => {
  it.effect("V7: drains a process of a terminal, and two of them are no second signal", () =>
    Effect.gen(function* () {
      const { leave, codes } = leaving()
      const asked = yield* Deferred.make<void>()
      yield* Effect.forkChild(Effect.andThen(leave.asked, Deferred.succeed(asked, undefined)))
      leave.onHangup(true)
      leave.onHangup(true)
      yield* Deferred.await(asked)
      assert.deepStrictEqual(codes, [])
    })
  )

  it("V7: is ignored, and said, where no terminal belongs to the process", () => {
    const { leave, lines } = leaving()
    leave.onHangup(false)
    assert.deepStrictEqual(lines, ["hangup_ignored"])
    leave.onSignal("SIGTERM", 0)
    leave.onHangup(false)
    assert.deepStrictEqual(lines, ["hangup_ignored", "hangup_ignored"])
  })
})

describe("V7: Ctrl-C under npm", () => {
  it("V7: the terminal's signal and the one that npm passes on are one; a second Ctrl-C ends the process", () => {
    const { leave, codes } = leaving()
    leave.onSignal("SIGINT", 5000)
    leave.onSignal("SIGINT", 5004)
    leave.onSignal("SIGINT", 5900)
    assert.deepStrictEqual(codes, [])
    leave.onSignal("SIGINT", 6100)
    assert.deepStrictEqual(codes, [130])
  })

  it("V7: another signal is a second one at once", () => {
    const { leave, codes } = leaving()
    leave.onSignal("SIGTERM", 0)
    leave.onSignal("SIGINT", 1)
    assert.deepStrictEqual(codes, [130])
  })
})

describe("a run that must not end half-way", () => {
  const held = () => {
    const codes: Array<number> = []
    const said: Array<string> = []
    const leave = new Shutdown({
      exit: (code) => void codes.push(code),
      say: (line) => void said.push(line),
      later: () => undefined
    })
    leave.hold()
    return { leave, codes, said }
  }

  it.effect("takes the first signal as a fact, and ignores the following ones aloud", () =>
    Effect.gen(function* () {
      const { leave, codes, said } = held()
      leave.onSignal("SIGINT", 0)
      yield* leave.asked
      assert.strictEqual(leave.signal, "SIGINT")
      leave.onSignal("SIGINT", 5000)
      leave.onSignal("SIGTERM", 5001)
      assert.deepStrictEqual(codes, [])
      assert.match(said.join("\n"), /SIGINT is ignored.*\n.*SIGTERM is ignored/)
      assert.strictEqual(leave.signal, "SIGINT")
    })
  )

  it("goes on when its output is not read", () => {
    const { leave } = held()
    leave.onOutputError(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }))
    leave.onOutputError(Object.assign(new Error("write ENOSPC"), { code: "ENOSPC" }))
    assert.isUndefined(leave.lastSentence)
    assert.strictEqual(leave.codeOf(0), 0)
  })
})
