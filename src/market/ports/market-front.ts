import { Context, type Effect } from "effect"
import type { FeedWorkerError } from "../domain/feed/feed-worker-error.ts"

/** Reports of a front, or of the worker that hosts its library. Codes are the vendor's own. */
export type FrontEvent =
  | { readonly type: "ready"; readonly apiVersion: string }
  | { readonly type: "connected" }
  | { readonly type: "disconnected"; readonly reason: number }
  | { readonly type: "heartbeatWarning"; readonly lapseSeconds: number }
  | { readonly type: "loggedIn"; readonly tradingDay: string; readonly systemName: string }
  | { readonly type: "loginRefused"; readonly errorId: number; readonly message: string }
  | { readonly type: "loggedOut" }
  | { readonly type: "error"; readonly errorId: number; readonly message: string }
  | { readonly type: "notSent"; readonly request: string; readonly code: number }
  /**
   * The answer for one instrument of a `subscribe` or `unsubscribe`; `errorId` 0: accepted. Some answers may never
   * arrive.
   */
  | { readonly type: "subscribed"; readonly instrumentId: string; readonly errorId: number; readonly message: string }
  | { readonly type: "unsubscribed"; readonly instrumentId: string; readonly errorId: number; readonly message: string }
  /** The first ticks after a login or a `subscribe`. */
  | { readonly type: "ticksArrived" }

/**
 * One session on one front, hosted by a worker process that may die at any time.
 * Every adapter promises: commands never wait; ticks that the worker received before it died are still delivered;
 * events arrive in the sequence in which the library reported them, together with the ticks.
 */
export class MarketFront extends Context.Service<
  MarketFront,
  {
    /** Runs one worker until it dies. Succeeds only after `close`. Runs `ready` once the library is initialised. */
    readonly runWorker: (ready: Effect.Effect<void>) => Effect.Effect<void, FeedWorkerError>
    /**
     * Calls one listener with each event, synchronously and in sequence, starting with `connected` when the link is
     * already up. Dials when there is no link. Returns a function that stops it.
     */
    readonly listen: (listener: (event: FrontEvent) => void) => () => void
    readonly requestLogin: Effect.Effect<void>
    /** Sends one request for these instruments, whatever their number: the caller limits the rate. */
    readonly subscribe: (instruments: ReadonlyArray<string>) => Effect.Effect<void>
    readonly unsubscribe: (instruments: ReadonlyArray<string>) => Effect.Effect<void>
    /** Releases the API instance: no connection to the front until `redial` or until another session listens. */
    readonly release: Effect.Effect<void>
    /** Replaces the API instance: the only recovery of a link that swallows requests. */
    readonly redial: Effect.Effect<void>
    readonly close: Effect.Effect<void>
    readonly apiVersion: () => string
  }
>()("tickd/ports/MarketFront") {}
