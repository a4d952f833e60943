import type { DaemonStates } from "../../../../actors/market/daemon-states.ts"
import type { PhaseBoard } from "../../../../actors/market/market-hours-actor.ts"
import type { MarketFrontParts } from "../../../../actors/market/supervision-tree.ts"
import type { Registry } from "../../../../actors/runtime/registry.ts"
import { FeedWorkerError } from "../../domain/feed/feed-worker-error.ts"
import type { EventBus } from "../events/daemon-events.ts"
import type { DaemonSettings } from "../lowest.ts"
import { sessionBody, workerBody } from "./child-bodies.ts"
import type { FeedLine } from "./feed-line.ts"

/** The two children of one feed: its worker, and the session on the front that the worker holds. */
export const makeFeedChildren = (
  { feed, asking, ctp, gate, lagTicks, ledger, onMailbox, password, seed }: FeedLine,
  shared: {
    readonly settings: Pick<DaemonSettings, "ctp">
    readonly registry: Registry
    readonly states: DaemonStates
    readonly phases: PhaseBoard
    readonly events: EventBus
    readonly nowMs: () => number
  }
): MarketFrontParts => {
  const { events, nowMs } = shared
  const { ctp: settings } = shared.settings
  return {
    feed,
    gate,
    worker: workerBody({
      front: ctp.front,
      drained: ctp.drained,
      heldBy: () => {
        const message = password?.problem()
        return message === undefined ? undefined : new FeedWorkerError({ code: "PASSWORD_FILE", message, fatal: false })
      },
      failed: (error) => events.publish({ type: "workerFailed", feed, error })
    }),
    session: sessionBody(
      {
        feed,
        connectTimeoutMs: settings.connectTimeoutMs,
        loginTimeoutMs: settings.loginTimeoutMs,
        maxRetries: settings.maxRetries,
        coverageMin: settings.coverageMin,
        subscribeTimeoutMs: asking.timeoutMs,
        seed
      },
      ctp.front,
      {
        registry: shared.registry,
        states: shared.states,
        phases: shared.phases,
        logins: asking.logins,
        subscriptions: asking.subscriptions,
        watch: {
          silenceMs: settings.silenceMs === 0 ? Number.POSITIVE_INFINITY : settings.silenceMs,
          lagTicks,
          receivedTicks: () => ctp.ringCounts().received,
          waitingTicks: () => ledger.snapshot().inFlight.ring
        },
        onState: (state, from, trigger, lastError) =>
          events.publish({ type: "session", feed, state, from, trigger, lastError, atMs: nowMs() }),
        onMailbox
      }
    )
  }
}
