import type { Registry } from "../../actors/registry.ts"
import type { InstrumentDirectory } from "../domain/instrument-directory.ts"
import type { FeedSwitch } from "../ports/inbound/feed-switch.ts"
import type { StatusMessage } from "../protocol/status.ts"
import { warnOfCodes } from "./code-doubts.ts"
import { makeControlPlane } from "./daemon-control.ts"
import type { makeDaemonHealth } from "./daemon-health.ts"
import type { DaemonLog } from "./daemon-log.ts"
import type { DaemonOptions } from "./daemon-options.ts"
import type { FeedParts } from "./feed-parts.ts"
import { crashWorker, hangUp } from "./inject-drills.ts"
import { makeRetry } from "./session-retry.ts"
import { makeSubscriptionDesk } from "./subscription-desk.ts"
import { makeTreeControl } from "./tree-control.ts"
import { followCatalogue } from "./wanted-contracts.ts"

/** What operators reach of a daemon over NATS, and what the catalogue does to the wanted set without them. */
export const makeOperators = (options: {
  readonly daemon: DaemonOptions
  readonly registry: Registry
  readonly log: DaemonLog
  readonly status: () => StatusMessage
  readonly directory: InstrumentDirectory
  readonly feeds: ReadonlyArray<Pick<FeedParts, "feed" | "ctp" | "asking" | "ask" | "gate" | "profile">>
  /** Where there are two feeds. */
  readonly feedSwitch: FeedSwitch | undefined
  readonly health: Pick<ReturnType<typeof makeDaemonHealth>, "stalled" | "counts">
}) => {
  const { daemon, directory, feeds, log } = options
  const { config, broker } = daemon
  const subscriptions = feeds.map(({ asking }) => asking.subscriptions)
  const named = (name: string) => feeds.find(({ feed }) => feed === name)
  const tree = makeTreeControl()
  warnOfCodes(daemon.instruments, directory, log)
  const wanted = followCatalogue({
    start: { contracts: daemon.contracts, tradingDay: daemon.catalogue?.tradingDay ?? 0 },
    replay: config.tick.replay,
    feeds: subscriptions,
    wantsAll: config.instruments.length === 0,
    learn: (contracts) => directory.learn(contracts),
    log
  })
  const { journal, control, noteTakeBack } = makeControlPlane({
    config,
    broker,
    registry: options.registry,
    log,
    waiting: daemon.waiting,
    status: options.status,
    feeds: feeds.map(({ feed }) => feed),
    drills: {
      crash: crashWorker((feed) => named(feed)?.ctp.workerPid() ?? 0),
      ...(daemon.drills ?? { disconnect: hangUp((feed) => named(feed)?.ctp.dropLink() === true) })
    },
    subscriptions: makeSubscriptionDesk({
      feeds: subscriptions,
      directory,
      contracts: wanted.contracts,
      lastDayOf: wanted.lastDayOf,
      stalled: options.health.stalled,
      lateMs: (feed) => options.health.counts(feed).lateMs,
      onWanted: (ids) => warnOfCodes(ids, directory, log),
      // One limit for the daemon: a request concerns every feed, and is counted with the first.
      admits: (what, count, nowMs) => feeds[0]?.asking.requests.admits(what, count, nowMs) !== false,
      nowMs: () => Date.now()
    }),
    feedSwitch: options.feedSwitch,
    operations: {
      restartChild: tree.restartChild,
      setLogLevel: (level) => log.beginAt(level),
      refreshContracts: daemon.catalogue?.refreshNow,
      retrySession: makeRetry(feeds, options.registry),
      feeds: () => feeds.map(({ feed }) => feed),
      drain: () => daemon.onDrainAsked?.()
    }
  })
  return { journal, control, noteTakeBack, wanted, entrance: tree.of, isRestarting: tree.isRestarting }
}
