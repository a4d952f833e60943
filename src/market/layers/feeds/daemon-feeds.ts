import type { TreeParts } from "../../../../actors/market/supervision-tree.ts"
import type { Registry } from "../../../../actors/runtime/registry.ts"
import type { FeedArbiter } from "../../application/intake/arbitrate-feeds.ts"
import type { FeedIntegrity } from "../../application/integrity/feed-integrity.ts"
import type { Config } from "../../config/config.ts"
import type { makeDaemonMachines } from "../journal/daemon-machines.ts"
import type { DaemonLog } from "../log/daemon-log.ts"
import { makeFeedChildren } from "./feed-children.ts"
import type { FeedParts } from "./feed-parts.ts"
import { makeFeedIntake } from "./tick-line.ts"

type IntakeOptions = Parameters<typeof makeFeedIntake>[0]

/** What the intakes of all feeds share: one queue, one pool, one calendar, and the arbiter where there are several. */
type SharedIntake = Omit<
  IntakeOptions,
  "feed" | "feedIndex" | "ledger" | "loginTradingDay" | "integrity" | "arrivals" | "arbiter"
> & {
  readonly feedIntegrity: ReadonlyArray<FeedIntegrity>
  /** Undefined: there is one feed, which pays nothing for a second one that could be there. */
  readonly arbiter: FeedArbiter | undefined
}

/** What leads the ring of one feed into the queue. */
type ReadFeed = Pick<FeedParts, "index" | "ctp" | "ledger"> & {
  readonly feed: string
  readonly asking: Pick<FeedParts["asking"], "arrivals">
}

/** Leads every feed's ring into the one queue; of a tick that several feeds bring, the first to arrive. */
export const connectIntakes = (feeds: ReadonlyArray<ReadFeed>, shared: SharedIntake): void => {
  const { feedIntegrity, arbiter, ...same } = shared
  for (const { feed, index, ctp, ledger, asking } of feeds) {
    ctp.connectIntake(
      makeFeedIntake({
        ...same,
        ...(arbiter === undefined ? {} : { arbiter }),
        feed,
        feedIndex: index,
        ledger,
        loginTradingDay: ctp.loginTradingDay,
        integrity: feedIntegrity[index] as FeedIntegrity,
        arrivals: asking.arrivals
      })
    )
  }
}

/** What a feed must be to have brought all that another one missed: asked for everything. */
export const coverOf = (feeds: ReadonlyArray<{ readonly asking: Pick<FeedParts["asking"], "subscriptions"> }>) => ({
  isWhole: (feed: number) => {
    const { missing = 1, rejected = 0 } = feeds[feed]?.asking.subscriptions.totals() ?? {}
    // What a front rejects for good, an expired contract, the other one rejects too.
    return missing <= rejected
  }
})

/** Ticks that the reader drains in one turn of the event loop: more than that unread, twice in a row, is a backlog. */
const lagTicks = 8192

/** Worker and session of each feed, for the tree. */
export const makeFronts = (
  feeds: ReadonlyArray<FeedParts>,
  shared: {
    readonly config: Config
    readonly feedIntegrity: ReadonlyArray<FeedIntegrity>
    readonly registry: Registry
    readonly machines: Pick<ReturnType<typeof makeDaemonMachines>, "phases" | "onWorkerError">
    readonly log: Pick<DaemonLog, "session">
    /** A session changed its state. */
    readonly onSession: () => void
  }
): TreeParts["fronts"] => {
  const { config, feedIntegrity, registry, machines, log, onSession } = shared
  return feeds.map(({ feed, index, profile, ctp, ledger, asking, gate, onMailbox }) => ({
    gate,
    ...makeFeedChildren({
      feed,
      subscriptions: asking.subscriptions,
      logins: asking.logins,
      ctp,
      password: profile.password,
      ledger,
      integrity: feedIntegrity[index] as FeedIntegrity,
      registry,
      machines,
      settings: {
        connectTimeoutMs: config.ctp.connectTimeoutMs,
        loginTimeoutMs: config.ctp.loginTimeoutMs,
        maxRetries: config.ctp.maxRetries,
        coverageMin: config.ctp.coverageMin,
        subscribeTimeoutMs: asking.timeoutMs,
        // Two feeds that lost their fronts together must not come back in step.
        seed: process.pid + index
      },
      silenceMs: config.ctp.silenceMs,
      lagTicks,
      nowMs: () => Date.now(),
      onState: (...news) => {
        log.session(feed, ...news)
        onSession()
      },
      onMailbox
    })
  }))
}
