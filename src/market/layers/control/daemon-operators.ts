import { Effect } from "effect"
import type { DaemonStates } from "../../../../actors/market/daemon-states.ts"
import type { Registry } from "../../../../actors/runtime/registry.ts"
import { makeTreeControl } from "../../../../actors/runtime/tree-control.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import type { AuditEntry } from "../../../protocol/control/command.ts"
import type { StatusMessage } from "../../../protocol/market/status.ts"
import { makeSubscriptionHandler } from "../../application/subscriptions/subscription-handler.ts"
import type { FeedSwitch } from "../../ports/feed-switch.ts"
import { OperationRefused } from "../../ports/operations.ts"
import { followCatalogue } from "../contracts/wanted-contracts.ts"
import type { DaemonOptions } from "../daemon-options.ts"
import type { FeedParts } from "../feeds/feed-line.ts"
import { makeLoginReload } from "../feeds/login-reload.ts"
import { makeRetry } from "../feeds/session-retry.ts"
import type { makeHealth } from "../health/health.ts"
import { warnOfCodes } from "../log/code-doubts.ts"
import type { DaemonLog } from "../log/daemon-log.ts"
import { makeControlPlane } from "./daemon-control.ts"
import { crashWorker, hangUp } from "./inject-drills.ts"

/** What operators reach of a daemon over NATS, and what the catalogue does to the wanted set without them. */
export const makeOperators = (options: {
  readonly daemon: DaemonOptions
  readonly registry: Registry
  readonly states: Pick<DaemonStates, "sessions">
  readonly log: DaemonLog
  readonly status: () => StatusMessage
  readonly directory: InstrumentDirectory
  readonly feeds: ReadonlyArray<Pick<FeedParts, "feed" | "ctp" | "asking" | "ask" | "gate" | "profile">>
  /** Where there are two feeds. */
  readonly feedSwitch: FeedSwitch | undefined
  /** Called with each entry of the audit; omit to disable. */
  readonly onCommand?: ((entry: AuditEntry) => void) | undefined
  readonly health: Pick<ReturnType<typeof makeHealth>, "stalled" | "counts">
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
  const { answerDuring, journal, control, noteTakeBack } = makeControlPlane({
    config,
    broker,
    registry: options.registry,
    log,
    waiting: daemon.waiting,
    onCommand: options.onCommand,
    status: options.status,
    feeds: feeds.map(({ feed }) => feed),
    drills: {
      crash: crashWorker((feed) => named(feed)?.ctp.workerPid() ?? 0),
      ...(daemon.drills ?? { disconnect: hangUp((feed) => named(feed)?.ctp.dropLink() === true) })
    },
    subscriptions: makeSubscriptionHandler({
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
      restartChild: (path) =>
        Effect.mapError(tree.restartChild(path), ({ message }) => new OperationRefused({ message })),
      setLogLevel: (level) => log.beginAt(level),
      refreshContracts: daemon.catalogue?.refreshNow,
      retrySession: makeRetry(feeds, options.states),
      reloadLogin: makeLoginReload({ feeds, states: options.states, active: () => options.feedSwitch?.active() }),
      feeds: () => feeds.map(({ feed }) => feed),
      drain: () => daemon.onDrainAsked?.()
    }
  })
  return { answerDuring, journal, control, noteTakeBack, wanted, entrance: tree.of, isRestarting: tree.isRestarting }
}
