import type { Effect } from "effect"
import type { LoginMemory, SessionOptions } from "../../../../actors/market/session-actor.ts"
import type { TreeParts } from "../../../../actors/market/supervision-tree.ts"
import type { Registry } from "../../../../actors/runtime/registry.ts"
import type { Secret } from "../../../kernel/secret.ts"
import type { makeCtpFront } from "../../adapters/ctp/ctp-front.ts"
import type { TickLedger } from "../../application/intake/ledger.ts"
import type { FeedIntegrity } from "../../application/integrity/feed-integrity.ts"
import type { Subscriptions } from "../../application/subscriptions/subscriptions.ts"
import { FeedWorkerError } from "../../domain/feed/feed-worker-error.ts"
import type { makeDaemonMachines } from "../journal/daemon-machines.ts"
import { type SessionSettings, sessionBody, workerBody } from "./child-bodies.ts"

/** The two children of one feed: its worker, and the session on the front that the worker holds. */
export const makeFeedChildren = (options: {
  readonly feed: string
  readonly ctp: Effect.Success<ReturnType<typeof makeCtpFront>>
  /** Of its login: no worker starts before it was read. Undefined: there is none to read (simulation). */
  readonly password?: Pick<Secret, "problem">
  readonly ledger: TickLedger
  readonly integrity: FeedIntegrity
  readonly registry: Registry
  readonly machines: Pick<ReturnType<typeof makeDaemonMachines>, "phases" | "onWorkerError">
  readonly settings: Omit<SessionSettings, "feed">
  readonly subscriptions: Subscriptions
  /** When this feed logged in last, and how often it may. */
  readonly logins: LoginMemory
  /** Silence in trading hours that is a fault, milliseconds; 0: never one. */
  readonly silenceMs: number
  /** Ticks unread in the ring that are a backlog when they are seen twice in a row. */
  readonly lagTicks: number
  readonly nowMs: () => number
  readonly onState?: SessionOptions["onState"]
  readonly onMailbox: SessionOptions["onMailbox"]
}): TreeParts["fronts"][number] => {
  const { feed, ctp, ledger, integrity, machines } = options
  return {
    feed,
    worker: workerBody({
      front: ctp.front,
      drained: ctp.drained,
      heldBy: () => {
        const message = options.password?.problem()
        return message === undefined ? undefined : new FeedWorkerError({ code: "PASSWORD_FILE", message, fatal: false })
      },
      onError: (error) => machines.onWorkerError(feed, error)
    }),
    session: sessionBody({ ...options.settings, feed }, ctp.front, {
      registry: options.registry,
      phases: machines.phases,
      logins: options.logins,
      subscriptions: options.subscriptions,
      watch: {
        silenceMs: options.silenceMs === 0 ? Number.POSITIVE_INFINITY : options.silenceMs,
        lagTicks: options.lagTicks,
        receivedTicks: () => ctp.ringCounts().received,
        waitingTicks: () => ledger.snapshot().inFlight.ring
      },
      onState: (...news) => {
        options.onState?.(...news)
        const [state] = news
        const atMs = options.nowMs()
        // A gap ends with the tick behind it: one that waits in front of the loss does not end it.
        ctp.afterUnread(() => integrity.session(state, atMs))
      },
      onMailbox: options.onMailbox
    })
  }
}
