// A broker account in a log is a leak: hide enough at every length, and show enough to distinguish two accounts.
import { assert, it } from "@effect/vitest"
import { maskAccount } from "../../../../src/kernel/instrument/account-mask.ts"

it("hides the middle of an account, and all of a short one", () => {
  const masked = ["", "1", "1234", "12345", "12345678", "0123456789"].map(maskAccount)
  assert.deepStrictEqual(masked, ["", "***", "***", "12...45", "1234...78", "0123...89"])
})
