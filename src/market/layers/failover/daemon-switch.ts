import { Effect } from "effect"
import type { DaemonStates, SessionState } from "../../../../actors/market/daemon-states.ts"
import type { PhaseBoard } from "../../../../actors/market/market-hours-actor.ts"
import type { Registry } from "../../../../actors/runtime/registry.ts"
import type { SwitchFeed } from "../../application/failover/switch-tracker.ts"
import type { EventBus } from "../events/daemon-events.ts"
import type { FeedLine } from "../feeds/feed-line.ts"
import type { DaemonSettings } from "../lowest.ts"
import { makeFeedSwitch } from "./feed-switch.ts"

/** States of a session that is logged in and subscribed. */
const isLive = (session: SessionState | undefined): boolean =>
  session?.state === "streaming" || session?.state === "degraded"
/** How long the session and worker of a cold feed may take to stop; longer than both of their own deadlines. */
const stopMs = 20_000

/**
 * The failover of a daemon with two feeds; undefined: it has one. In a cold pair the standby is held back from now on.
 */
export const makeDaemonSwitch = (options: {
  readonly settings: Pick<DaemonSettings, "failover" | "ctp">
  readonly feeds: ReadonlyArray<FeedLine>
  readonly phases: Pick<PhaseBoard, "listen">
  readonly registry: Registry
  readonly states: DaemonStates
  readonly events: EventBus
  /** How long the feed has been silent although it should tick, milliseconds; 0: it is not. */
  readonly silentMs: (feed: string) => number
}) => {
  const { feeds, registry, settings, states } = options
  const [first, second] = feeds
  if (first === undefined || second === undefined) return undefined
  const { preferred } = settings.ctp
  const isCold = settings.failover.mode === "cold"
  const gateOf = (name: string) => (name === second.feed ? second : first).gate
  if (isCold) gateOf(preferred === first.feed ? second.feed : first.feed).close()
  const switchFeed = ({ feed, asking }: FeedLine): SwitchFeed => ({
    feed,
    isLive: () => isLive(states.sessions.get(feed)),
    silentMs: () => options.silentMs(feed),
    ticks: () => asking.arrivals
  })
  return makeFeedSwitch({
    feeds: [switchFeed(first), switchFeed(second)],
    preferred,
    settings: settings.failover,
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
    states,
    events: options.events
  })
}
