import { Effect } from "effect"
import { makeFeedGate } from "../../../../actors/runtime/feed-gate.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import type { Config } from "../../config/config.ts"
import type { FrontProfile } from "../../config/front-profiles.ts"
import type { DaemonLog } from "../log/daemon-log.ts"
import { makeFeedLine } from "./feed-line.ts"
import { makeFeedRole } from "./feed-role.ts"
import { makeAsking } from "./feed-subscriptions.ts"

/** One feed of the daemon: its login, its worker and ring, its ledger, what it is asked for, and the way to its session. */
export type FeedParts = Effect.Success<ReturnType<typeof makeFeedParts>>

export const makeFeedParts = Effect.fnUntraced(function* (options: {
  readonly config: Config
  readonly profile: FrontProfile
  /** Position in the list of feeds: the number that its ticks carry through the line. */
  readonly index: number
  readonly workerBinary: string
  /** Environment of the feed workers, without secrets; undefined: that of this process. */
  readonly workerEnv?: Readonly<Record<string, string | undefined>> | undefined
  readonly instruments: ReadonlyArray<string>
  readonly directory: InstrumentDirectory
  readonly log: DaemonLog
}) {
  const { config, profile, index, instruments, directory, log } = options
  const { feed, ctp, ledger } = yield* makeFeedLine({
    config: config.ctp,
    profile,
    workerBinary: options.workerBinary,
    workerEnv: options.workerEnv,
    log
  })
  return {
    feed,
    index,
    profile,
    ctp,
    ledger,
    asking: makeAsking({ config, feed, instruments, directory }),
    gate: makeFeedGate(),
    ...makeFeedRole()
  }
})
