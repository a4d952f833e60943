import { assert, it } from "@effect/vitest"
import { cleanText } from "../../../../../src/ops/domain/notify/notification.ts"

it("cleans text: a line break in a tag or a header would add a header", () => {
  assert.strictEqual(cleanText("a\r\nBcc: b\u0000c", 100), "a Bcc: b c")
  assert.strictEqual(cleanText("a\r\nb\u0007", 100, true), "a\nb")
  assert.strictEqual(cleanText("行情行情", 3), "行情行")
})
