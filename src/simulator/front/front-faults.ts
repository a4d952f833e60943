import { Effect } from "effect"
import { mix32 } from "../market/seeded-random.ts"
import type { FrontError } from "./front-error.ts"
import type { FrontFault } from "./front-fault.ts"
import type { FrontListener } from "./front-listener.ts"
import type { FrontSession } from "./front-session.ts"
import type { FrontState } from "./front-state.ts"

/** A slow line sends its share of bytes at this interval. */
const slowStepMs = 20

/**
 * Applies a fault. Completes when it is done (`slow`, `silent`: begun). `fork` runs parallel work in the front's
 * scope and reports its failures.
 * Errors: only `refuse off` can fail, when another program took the port meanwhile.
 */
export const applyFault = (
  front: FrontState,
  listener: FrontListener,
  fork: (effect: Effect.Effect<void>) => Effect.Effect<void>,
  fault: FrontFault
): Effect.Effect<void, FrontError> => {
  const each = (act: (session: FrontSession) => void) =>
    Effect.sync(() => {
      for (const session of front.sessions) act(session)
    })
  const set = (change: () => void) =>
    Effect.sync(() => {
      change()
      front.touch()
    })
  switch (fault.type) {
    case "drop":
      return each((session) => session.drop())
    case "reset":
      return each((session) => session.reset())
    case "garbage":
      return each((session) => session.sendRaw(garbage(session.number)))
    case "silent": {
      const untilMs =
        fault.seconds === undefined ? Number.POSITIVE_INFINITY : front.nowMs() + Math.round(fault.seconds * 1000)
      return each((session) => session.silence(untilMs))
    }
    case "slow":
      return Effect.andThen(
        each((session) => session.slow(fault.bytesPerSecond)),
        fault.bytesPerSecond === undefined ? Effect.void : fork(pumpSlowLines(front))
      )
    case "duplicate":
      return each((session) => session.repeatTicks(fault.ticks))
    case "reject-logins":
      return set(() => {
        front.loginErrorId = fault.errorId
      })
    case "password":
      return set(() => {
        front.password = fault.password
      })
    case "no-login-answer":
      return set(() => {
        front.answersLogins = !fault.on
      })
    case "stale-snapshot":
      return set(() => {
        front.staleSnapshot = fault.on
      })
    case "stop-instrument":
      return set(() => front.stoppedInstruments.add(fault.instrumentId))
    case "start-instrument":
      return set(() => front.stoppedInstruments.delete(fault.instrumentId))
    case "reject-instruments":
      return set(() => {
        front.refusals = fault.count === 0 ? undefined : { left: fault.count, errorId: fault.errorId, ids: new Set() }
      })
    case "refuse":
      return fault.on ? listener.close : listener.open
    case "help":
      return Effect.void
  }
}

/** Runs while any line is slow. A second pump would be redundant. */
const pumpSlowLines = (front: FrontState): Effect.Effect<void> =>
  Effect.gen(function* () {
    while ([...front.sessions].filter((session) => session.pumpSlow()).length > 0) yield* Effect.sleep(slowStepMs)
  })

/**
 * 256 bytes that cannot be a frame, because the length at their start exceeds the limit. Different for each session.
 */
const garbage = (seed: number): Buffer => {
  const bytes = Buffer.alloc(256)
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(mix32(seed * 64 + at), at)
  bytes.writeUInt32LE(0xff00_0000, 0)
  return bytes
}
