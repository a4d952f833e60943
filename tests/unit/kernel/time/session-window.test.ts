import { assert, describe, it } from "@effect/vitest"
import { windowAt } from "../../../../src/kernel/time/session-window.ts"

describe("windowAt", () => {
  const times = [
    ["07:59", "none"],
    ["08:00", "day"],
    ["15:59", "day"],
    ["16:00", "none"],
    ["20:00", "night"],
    ["23:59", "night"],
    ["02:30", "night"],
    ["03:30", "none"]
  ] as const
  it.each(times)("%s in Shanghai is %s", (time, expected) =>
    assert.strictEqual(windowAt(Date.parse(`2026-11-30T${time}:00+08:00`)), expected))
})
