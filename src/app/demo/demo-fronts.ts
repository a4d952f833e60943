import { Effect, Option } from "effect"
import { Secret } from "../../kernel/secret.ts"
import { type FeedName, type FrontProfiles, feedNames } from "../../market/config/ctp-login-variables.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import type { DemoOptions } from "./demo-flags.ts"
import { type FrontChild, startFrontChild } from "./front-child.ts"

/**
 * A recording is sent when it is subscribed to, so two fronts would replay it at two times: only a market has a
 * second feed.
 */
export const refuseReplayOfTwo = (options: DemoOptions) =>
  options.feeds > 1 && Option.isSome(options.replay)
    ? Effect.fail(
        new UserError({
          code: "WRONG_USE",
          exitCode: exitCodes.wrongUse,
          message: "A recording has one feed: leave --feeds out, or --replay."
        })
      )
    : Effect.void

const flagsOf = (options: DemoOptions): Array<string> =>
  Option.isSome(options.replay)
    ? ["--replay", options.replay.value, "--speed", options.speed]
    : ["--instruments", String(options.instruments), "--rate", String(options.rate)]

/** The front of each feed. Two are two processes with one market: it has a timetable, so both send the same ticks. */
export interface DemoFronts {
  readonly all: ReadonlyArray<FrontChild>
  readonly of: (feed: string) => FrontChild
  /** Completes when the recording was sent; fails when no front is left. */
  readonly finished: Effect.Effect<number, UserError>
}

export const startDemoFronts = Effect.fnUntraced(function* (options: DemoOptions) {
  const since = options.feeds > 1 ? ["--since", String(Math.floor(Date.now() / 1000) * 1000)] : []
  const all = yield* Effect.forEach(feedNames.slice(0, options.feeds), () =>
    startFrontChild([...flagsOf(options), ...since])
  )
  const first = all[0] as FrontChild
  const fronts: DemoFronts = {
    all,
    of: (feed) => all[feedNames.indexOf(feed as FeedName)] ?? first,
    finished: Effect.andThen(
      Effect.forEach(all, ({ finished }) => Effect.exit(finished), { concurrency: "unbounded" }),
      first.finished
    )
  }
  return fronts
})

/** An account for each feed. */
export const demoUsers = ["demo-user", "demo-backup"] as const

/** The logins of the demo, one for each front. */
export const demoProfiles = (fronts: DemoFronts): FrontProfiles => {
  const [primary, ...others] = fronts.all.map(({ address }, at) => ({
    feed: feedNames[at] as FeedName,
    addresses: [address],
    brokerId: "9999",
    userId: demoUsers[at] as string,
    password: new Secret("demo")
  }))
  return [primary as FrontProfiles[0], ...others]
}
