// Drills are typed by people under stress: every command must be understood or answered with the right form.
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { frontFaultHelp, parseFrontFault } from "../../../../src/simulator/front/front-fault.ts"

const fault = (line: string) => Result.getOrThrow(parseFrontFault(line))
const failure = (line: string) => {
  const result = parseFrontFault(line)
  if (Result.isSuccess(result)) throw new Error(`"${line}" was understood`)
  return result.failure
}

describe("front faults", () => {
  it("reads every command", () => {
    assert.deepStrictEqual(fault("drop"), { type: "drop" })
    assert.deepStrictEqual(fault("  reset "), { type: "reset" })
    assert.deepStrictEqual(fault("garbage"), { type: "garbage" })
    assert.deepStrictEqual(fault("silent"), { type: "silent", seconds: undefined })
    assert.deepStrictEqual(fault("silent 2.5"), { type: "silent", seconds: 2.5 })
    assert.deepStrictEqual(fault("slow 4096"), { type: "slow", bytesPerSecond: 4096 })
    assert.deepStrictEqual(fault("slow off"), { type: "slow", bytesPerSecond: undefined })
    assert.deepStrictEqual(fault("reject-logins 3"), { type: "reject-logins", errorId: 3 })
    assert.deepStrictEqual(fault("reject-logins off"), { type: "reject-logins", errorId: undefined })
    assert.deepStrictEqual(fault("password s3cret"), { type: "password", password: "s3cret" })
    assert.deepStrictEqual(fault("password off"), { type: "password", password: undefined })
    assert.deepStrictEqual(fault("no-login-answer on"), { type: "no-login-answer", on: true })
    assert.deepStrictEqual(fault("stop-instrument rb2701"), { type: "stop-instrument", instrumentId: "rb2701" })
    assert.deepStrictEqual(fault("start-instrument SP a2701&a2705"), {
      type: "start-instrument",
      instrumentId: "SP a2701&a2705"
    })
    assert.deepStrictEqual(fault("reject-instruments 50"), { type: "reject-instruments", count: 50, errorId: 16 })
    assert.deepStrictEqual(fault("reject-instruments 5 90"), { type: "reject-instruments", count: 5, errorId: 90 })
    assert.deepStrictEqual(fault("duplicate 5"), { type: "duplicate", ticks: 5 })
    assert.deepStrictEqual(fault("stale-snapshot off"), { type: "stale-snapshot", on: false })
    assert.deepStrictEqual(fault("refuse on"), { type: "refuse", on: true })
    assert.deepStrictEqual(fault("help"), { type: "help" })
  })

  it("names the known commands for an unknown one, and lists each in the help", () => {
    const error = failure("dorp")
    assert.strictEqual(error.code, "FRONT_FAULT_UNKNOWN")
    assert.match(error.message, /"dorp" is not a command of the front; use one of drop, silent, reset, garbage/)
    assert.strictEqual(failure("").code, "FRONT_FAULT_UNKNOWN")
    const known = error.message.replace(/^.*use one of /, "").split(", ")
    assert.strictEqual(known.length, 15)
    for (const name of known) assert.match(frontFaultHelp, new RegExp(`^${name}`, "m"))
  })

  it("shows the right form when the value is wrong", () => {
    for (const line of [
      "drop now",
      "silent x",
      "silent -1",
      "slow",
      "slow 0",
      "slow 1.5",
      "password",
      "reject-logins",
      "reject-logins 0",
      "reject-logins x",
      "no-login-answer",
      "no-login-answer yes",
      "stop-instrument",
      "duplicate",
      "duplicate 0",
      "duplicate 1001",
      "refuse maybe",
      "help me"
    ]) {
      assert.strictEqual(failure(line).code, "FRONT_FAULT_INVALID", line)
    }
    assert.strictEqual(failure("slow").message, 'slow without a value is not valid; write "slow BYTES_PER_S|off"')
  })
})
