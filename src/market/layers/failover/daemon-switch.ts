import { Effect } from "effect"
import type { PhaseBoard } from "../../../../actors/market/market-hours-actor.ts"
import type { Registry } from "../../../../actors/runtime/registry.ts"
import type { SwitchFeed } from "../../application/failover/switch-tracker.ts"
import type { FeedIntegrity } from "../../application/integrity/feed-integrity.ts"
import type { Config } from "../../config/config.ts"
import type { FeedParts } from "../feeds/feed-parts.ts"
import type { DaemonLog } from "../log/daemon-log.ts"
import { makeFeedSwitch } from "./feed-switch.ts"

/** States of a session that is logged in and subscribed. */
const liveStates: ReadonlySet<string> = new Set(["streaming", "degraded"])
/** How long the session and worker of a cold feed may take to stop; longer than both of their own deadlines. */
const stopMs = 20_000

/** What a switch looks at and changes of one feed. */
type SwitchedFeed = Pick<FeedParts, "index" | "gate" | "setRole"> & {
  readonly feed: string
  readonly asking: Pick<FeedParts["asking"], "arrivals">
}

/** The failover of a daemon with two feeds; undefined: it has one. In a cold pair the standby is held back from now on. */
export const makeDaemonSwitch = (options: {
  readonly config: Pick<Config, "failover"> & { readonly ctp: Pick<Config["ctp"], "preferred"> }
  readonly feeds: ReadonlyArray<SwitchedFeed>
  /** In the order of the feeds. */
  readonly feedIntegrity: ReadonlyArray<FeedIntegrity>
  readonly phases: Pick<PhaseBoard, "listen">
  readonly registry: Registry
  readonly log: Pick<DaemonLog, "write">
  /** How long the feed has been silent although it should tick, milliseconds; 0: it is not. */
  readonly silentMs: (feed: string) => number
}) => {
  const { config, feeds, registry } = options
  const [first, second] = feeds
  if (first === undefined || second === undefined) return undefined
  const { preferred } = config.ctp
  const isCold = config.failover.mode === "cold"
  const gateOf = (name: string) => (name === second.feed ? second : first).gate
  if (isCold) gateOf(preferred === first.feed ? second.feed : first.feed).close()
  const switchFeed = ({ feed, asking }: SwitchedFeed): SwitchFeed => ({
    feed,
    isLive: () => liveStates.has(registry.actor(`session-${feed}`)?.state ?? ""),
    silentMs: () => options.silentMs(feed),
    ticks: () => asking.arrivals
  })
  const feedSwitch = makeFeedSwitch({
    feeds: [switchFeed(first), switchFeed(second)],
    preferred,
    settings: config.failover,
    control: {
      activate: (active) => {
        for (const { feed, setRole } of feeds) setRole(feed === active ? "MADE_ACTIVE" : "MADE_STANDBY")
      },
      startFeed: (feed) => Effect.sync(() => gateOf(feed).open()),
      stopFeed: (feed) =>
        Effect.suspend(() => {
          const gate = gateOf(feed)
          gate.close()
          return Effect.asVoid(Effect.timeoutOption(gate.stopped, stopMs))
        })
    },
    phases: options.phases,
    registry,
    log: options.log
  })
  if (isCold) {
    feedSwitch.onRecord(({ result, to, committedMs, gapMs }) => {
      if (result !== "committed" || committedMs === undefined || gapMs === undefined) return
      options.feedIntegrity[to === second.feed ? second.index : first.index]?.gaps.tookOver(
        committedMs - gapMs,
        committedMs
      )
    })
  }
  return feedSwitch
}
