// Venues stamp with nanoseconds and with offsets. Compared as texts, or cut to milliseconds, two events change places.
import { assert, describe, it } from "@effect/vitest"
import { instantOfMs, instantText, parseInstant } from "../../../../src/kernel/time/utc-instant.ts"

describe("parseInstant", () => {
  it("keeps nanoseconds, and compares instants with different offsets", () => {
    assert.strictEqual(
      parseInstant("2026-11-30T09:30:00.123456789-05:00"),
      parseInstant("2026-11-30T14:30:00.123456789Z")
    )
    assert.strictEqual(parseInstant("2026-11-30T14:30:00.5Z"), instantOfMs(Date.parse("2026-11-30T14:30:00.500Z")))
    assert.strictEqual(parseInstant("2022-02-02T13:55:09.981123456Z"), 1643810109981123456n)
  })
  it("writes texts that sort as the instants do", () => {
    const text = instantText(parseInstant("2026-11-30T14:30:00.1Z") ?? 0n)
    assert.strictEqual(text, "2026-11-30T14:30:00.100000000Z")
  })
  it.each([
    "",
    "2026-11-30",
    "2026-11-30T14:30:00",
    "2026-02-30T00:00:00Z",
    "2026-11-30T25:00:00Z",
    "2026-13-01T00:00:00Z",
    "x2026-11-30T14:30:00Z"
  ])("does not read %j", (text) => assert.isUndefined(parseInstant(text)))
})
