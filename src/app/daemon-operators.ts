import type { Registry } from "../../actors/registry.ts"
import type { InstrumentDirectory } from "../domain/instrument-directory.ts"
import type { StatusMessage } from "../protocol/status.ts"
import type { makeAsking } from "./asking.ts"
import { makeControlPlane } from "./daemon-control.ts"
import type { makeDaemonHealth } from "./daemon-health.ts"
import type { DaemonLog } from "./daemon-log.ts"
import type { DaemonOptions } from "./daemon-options.ts"
import { crashWorker, hangUp } from "./inject-drills.ts"
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
  readonly feed: string
  readonly ctp: { readonly workerPid: () => number; readonly dropLink: () => boolean }
  readonly asking: ReturnType<typeof makeAsking>
  readonly health: Pick<ReturnType<typeof makeDaemonHealth>, "stalled">
}) => {
  const { asking, ctp, daemon, directory, feed, log } = options
  const { config, broker } = daemon
  const feeds = [asking.subscriptions]
  const tree = makeTreeControl()
  const wanted = followCatalogue({
    start: { contracts: daemon.contracts, tradingDay: daemon.catalogue?.tradingDay ?? 0 },
    replay: config.tick.replay,
    feeds,
    wantsAll: config.instruments.length === 0,
    learn: (contracts) => directory.learn(contracts),
    log
  })
  const { journal, control } = makeControlPlane({
    config,
    broker,
    registry: options.registry,
    log,
    status: options.status,
    feeds: [feed],
    drills: { crash: crashWorker(ctp.workerPid), ...(daemon.drills ?? { disconnect: hangUp(ctp.dropLink) }) },
    subscriptions: makeSubscriptionDesk({
      feeds,
      directory,
      contracts: wanted.contracts,
      lastDayOf: wanted.lastDayOf,
      stalled: options.health.stalled,
      admits: (what, count, nowMs) => asking.requests.admits(what, count, nowMs),
      nowMs: () => Date.now()
    }),
    operations: {
      restartChild: tree.restartChild,
      setLogLevel: (level) => log.beginAt(level),
      refreshContracts: daemon.catalogue?.refreshNow,
      drain: () => daemon.onDrainAsked?.()
    }
  })
  return { journal, control, wanted, entrance: tree.of, isRestarting: tree.isRestarting }
}
