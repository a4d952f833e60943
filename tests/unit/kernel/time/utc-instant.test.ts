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
  it("reads and writes instants of every year, also before 1970", () => {
    let instant = -62_167_219_200_000_000_001n
    // From the year 0 to 9000, with odd steps down to the nanosecond.
    for (let step = 0; step < 2000; step++) {
      instant += 142_000_000_000_000_001n
      const text = instantText(instant)
      assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/)
      assert.strictEqual(parseInstant(text), instant, text)
      assert.isBelow(text.localeCompare(instantText(instant + 1n)), 0)
    }
    assert.strictEqual(instantText(-1n), "1969-12-31T23:59:59.999999999Z")
    assert.strictEqual(instantText(-1_000_000_000n), "1969-12-31T23:59:59.000000000Z")
    assert.strictEqual(parseInstant("0050-01-01T00:00:00Z"), BigInt(Date.parse("0050-01-01T00:00:00Z")) * 1_000_000n)
  })
  it.each([
    "2026-11-30T14:30:00+24:00",
    "2026-11-30T14:30:00+01:60",
    "",
    "2026-11-30",
    "2026-11-30T14:30:00",
    "2026-02-30T00:00:00Z",
    "2026-11-30T25:00:00Z",
    "2026-13-01T00:00:00Z",
    "x2026-11-30T14:30:00Z"
  ])("does not read %j", (text) => assert.isUndefined(parseInstant(text)))
})
