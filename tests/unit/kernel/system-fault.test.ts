// The fix in a sentence must help: another owner does not help a full disk, nor a build a limit of processes.
import { assert, describe, it } from "@effect/vitest"
import { cureOf } from "../../../src/kernel/system-fault.ts"

const failed = (code: string) => Object.assign(new Error(`${code}: it failed`), { code })

describe("R4: the cure of a system's error", () => {
  it("R4: is of the error where it has one, and of the place otherwise", () => {
    assert.strictEqual(cureOf(failed("ENOSPC"), "name another folder"), "make room on its disk")
    assert.match(cureOf(failed("EAGAIN"), "build it"), /limit of processes/)
    assert.strictEqual(cureOf(failed("EACCES"), "let this user write it"), "let this user write it")
    assert.strictEqual(cureOf(failed("ERR_SQLITE_ERROR"), "look"), "look")
    assert.strictEqual(cureOf("text", "look"), "look")
  })
})
