// A drill must leave the session as it found it: a retry that overtakes the front's forgiveness is refused for good.
import { Effect } from "effect"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { simulatedDrills } from "../../../../../src/market/layers/control/inject-drills.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it("login-reject asks for the retry once the front has taken the command that accepts logins again", () => {
  const log: Array<string> = []
  let done: (() => void) | undefined
  const front = {
    command: (line: string, onDone?: () => void) => {
      log.push(line)
      done = onDone ?? done
    }
  }
  const drills = simulatedDrills(
    () => front,
    (feed) => log.push(`retry ${feed}`)
  )
  Effect.runSync(drills.loginReject?.("primary", 10_000) ?? Effect.die("no such drill"))
  expect(log.splice(0)).toEqual(["reject-logins 3", "drop"])
  vi.advanceTimersByTime(10_000)
  expect(log.splice(0)).toEqual(["reject-logins off"])
  done?.()
  expect(log).toEqual(["retry primary"])
})
