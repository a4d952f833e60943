import { assert, it } from "@effect/vitest"
import { retryDelayMs } from "../../../../../src/ops/domain/notify/retry-delay.ts"

it("doubles up to four seconds, and waits as long as the receiver asks", () => {
  assert.deepStrictEqual(
    [1, 2, 3, 4, 5, 10].map((failures) => retryDelayMs(failures)),
    [500, 1000, 2000, 4000, 4000, 4000]
  )
  assert.strictEqual(retryDelayMs(1, 7000), 7000)
  assert.strictEqual(retryDelayMs(3, 100), 2000)
})
