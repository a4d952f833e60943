// Sentences for operators end with the text of an error: "[object Object]" or an empty pair of brackets is no help.
import { assert, describe, it } from "@effect/vitest"
import { errorText, toError } from "../../../src/kernel/error-text.ts"

describe("the words of an error", () => {
  it("are its message, and its text where it has none", () => {
    assert.strictEqual(errorText(new Error("disk is full")), "disk is full")
    assert.strictEqual(errorText({ message: "from another realm" }), "from another realm")
    assert.strictEqual(errorText(new TypeError("")), "TypeError")
    assert.strictEqual(errorText("text"), "text")
    assert.strictEqual(errorText(undefined), "undefined")
  })

  it("are kept when what was thrown is no error", () => {
    const error = new Error("as it is")
    assert.strictEqual(toError(error), error)
    assert.strictEqual(toError("text").message, "text")
  })
})
