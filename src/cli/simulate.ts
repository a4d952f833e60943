import { Option } from "effect"
import { Command, Flag } from "effect/cli"
import { type Handler, jsonFlag, shownDefault, wholeFlag } from "./terminal/flags.ts"

export interface SimulateOptions {
  readonly seeds: number
  readonly from: number
  /** Simulated length of one seed, minutes. */
  readonly minutes: number
  readonly jobs: Option.Option<number>
  readonly json: boolean
  readonly lines: boolean
  readonly trace: boolean
  readonly reach: boolean
}

const mostSeeds = 10_000_000
const mostMinutes = 14 * 24 * 60

/** `tickd simulate`: lives the whole daemon in virtual time, once for each seed. */
export const simulateCommand = <E, R>(handler: Handler<SimulateOptions, E, R>) =>
  Command.make(
    "simulate",
    {
      seeds: wholeFlag("seeds", 1, mostSeeds).pipe(shownDefault("How many seeds to live", 100)),
      from: wholeFlag("from", 0, 2_147_483_647).pipe(shownDefault("The first seed", 1)),
      minutes: wholeFlag("minutes", 5, mostMinutes).pipe(
        Flag.withDescription("Simulated minutes of each seed (default 10)"),
        Flag.optional
      ),
      hours: wholeFlag("hours", 1, mostMinutes / 60).pipe(
        Flag.withDescription("Simulated hours of each seed, instead of minutes"),
        Flag.optional
      ),
      jobs: wholeFlag("jobs", 1, 64).pipe(
        Flag.withDescription("Processes that share the seeds (default: one a core when there are many seeds)"),
        Flag.optional
      ),
      json: jsonFlag,
      lines: Flag.Boolean("lines").pipe(
        Flag.withDescription("Print one JSON object a seed as it ends"),
        Flag.withDefault(false)
      ),
      reach: Flag.Boolean("reach").pipe(
        Flag.withDescription("Print which kinds of faults and which transitions no seed has reached"),
        Flag.withDefault(false)
      ),
      trace: Flag.Boolean("trace").pipe(
        Flag.withDescription("Print what happens, line by line: for one seed that failed"),
        Flag.withDefault(false)
      )
    },
    ({ hours, minutes, ...options }) =>
      handler({
        ...options,
        minutes: Option.match(hours, { onNone: () => Option.getOrElse(minutes, () => 10), onSome: (h) => h * 60 })
      })
  ).pipe(
    Command.withDescription(
      "Live the whole daemon in virtual time from a seed: two sessions, a market, fronts and a broker that misbehave. Every invariant that breaks is printed with its seed and the command that replays it"
    )
  )
