// One restart too many hides a fault for a night; one too few stops a daemon for nothing.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { admitRestart } from "../../../../actors/runtime/restart-intensity.ts"

/** Erlang/OTP supervisor.erl, `add_restart/1,3`, line by line: newest first, cut at the first that is too old. */
const otpAddRestart = (restarts: ReadonlyArray<number>, now: number, intensity: number, period: number) => {
  const threshold = now - period
  const kept: Array<number> = []
  for (const restart of restarts) {
    if (!(restart >= threshold)) break
    kept.push(restart)
  }
  const restarts1 = [now, ...kept]
  return { ok: restarts1.length <= intensity, restarts: restarts1 }
}

const small = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const gaps = Schema.Array(small(0, 20)).check(Schema.isMaxLength(40))

describe("restart intensity", () => {
  it.effect.prop(
    "agrees with OTP's add_restart on every history of a monotonic clock",
    [gaps, small(0, 6), small(1, 60)],
    ([apart, restartsMax, periodMs]) =>
      Effect.sync(() => {
        let nowMs = 0
        let ours: ReadonlyArray<number> = []
        let theirs: ReadonlyArray<number> = []
        for (const gap of apart) {
          nowMs += gap
          const our = admitRestart(ours, nowMs, { restartsMax, periodMs })
          const their = otpAddRestart(theirs, nowMs, restartsMax, periodMs)
          assert.strictEqual(our.admitted, their.ok)
          assert.deepStrictEqual(our.history, their.restarts)
          ours = our.history
          theirs = their.restarts
        }
      }),
    { arbitrary: { runs: 500, seed: 3 } }
  )

  it.effect.prop(
    "never admits more than restartsMax within a window of periodMs, wherever it begins",
    [gaps, small(0, 6), small(1, 60)],
    ([apart, restartsMax, periodMs]) =>
      Effect.sync(() => {
        let nowMs = 0
        let history: ReadonlyArray<number> = []
        const admitted: Array<number> = []
        for (const gap of apart) {
          nowMs += gap
          const answer = admitRestart(history, nowMs, { restartsMax, periodMs })
          history = answer.history
          // A supervisor that gave up does not go on.
          if (!answer.admitted) break
          admitted.push(nowMs)
        }
        for (const from of admitted) {
          const within = admitted.filter((atMs) => atMs >= from && atMs <= from + periodMs)
          assert.isAtMost(within.length, restartsMax)
        }
      }),
    { arbitrary: { runs: 500, seed: 4 } }
  )
})
