import { Clock, Effect } from "effect"
import { Invocation } from "../invocation.ts"
import { count } from "./layout.ts"

/** Work that ends sooner shows no progress, milliseconds. */
const quietMs = 2000
const barWidth = 30

export interface Progress {
  readonly show: (done: number, total: number) => Effect.Effect<void>
  /** Removes the line. */
  readonly end: Effect.Effect<void>
}

/** Progress of work that takes longer than two seconds: one line on stderr, rewritten in place, on a terminal only. */
export const progress = (what: string): Effect.Effect<Progress, never, Invocation> =>
  Effect.gen(function* (): Effect.fn.Return<Progress, never, Invocation> {
    const { screen } = yield* Invocation
    const beganMs = yield* Clock.currentTimeMillis
    if (!screen.hasErrorTerminal) return { show: () => Effect.void, end: Effect.void }
    let isShown = false
    return {
      show: (done, total) =>
        Effect.map(Clock.currentTimeMillis, (nowMs) => {
          if (nowMs - beganMs < quietMs) return
          isShown = true
          const full = total === 0 ? barWidth : Math.round((Math.min(done, total) / total) * barWidth)
          const bar = `[${"#".repeat(full)}${".".repeat(barWidth - full)}] ${count(done)} of ${count(total)} ${what}`
          process.stderr.write(`\r\u001b[K${bar.slice(0, screen.columns - 1)}`)
        }),
      end: Effect.sync(() => {
        if (isShown) process.stderr.write("\r\u001b[K")
      })
    }
  })

/** Says after two seconds, on a terminal, what a request waits for. */
export const waiting = <A, E, R>(what: string, body: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Invocation> =>
  Effect.gen(function* () {
    const { screen } = yield* Invocation
    if (!screen.hasErrorTerminal) return yield* body
    const beganMs = yield* Clock.currentTimeMillis
    const show = Effect.map(Clock.currentTimeMillis, (nowMs) => {
      const seconds = Math.round((nowMs - beganMs) / 1000)
      process.stderr.write(`\r\u001b[K${`${what}: ${seconds} s`.slice(0, screen.columns - 1)}`)
    })
    const shown = Effect.andThen(Effect.sleep(quietMs), Effect.forever(Effect.andThen(show, Effect.sleep(1000))))
    const clear = Effect.sync(() => void process.stderr.write("\r\u001b[K"))
    return yield* Effect.ensuring(Effect.raceFirst(body, shown), clear)
  })
