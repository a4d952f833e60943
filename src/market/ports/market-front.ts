import { Context, type Effect } from "effect"
import type { FeedWorkerError } from "../domain/feed/feed-worker-error.ts"

/** What a front or the worker that hosts its library reported. Codes are the vendor's own. */
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
  /** The answer to one instrument of a `subscribe` or an `unsubscribe`; `errorId` 0: agreed. Some may never come. */
  | { readonly type: "subscribed"; readonly instrumentId: string; readonly errorId: number; readonly message: string }
  | { readonly type: "unsubscribed"; readonly instrumentId: string; readonly errorId: number; readonly message: string }
  /** The first ticks after a login or a `subscribe`. */
  | { readonly type: "ticksArrived" }

/**
 * One session on one front, hosted by a worker process that may die at any time.
 * Every adapter promises: commands never wait; what the worker had received before it died is still delivered; events
 * come in the order in which the library reported them, ticks and events alike.
 */
export class MarketFront extends Context.Service<
  MarketFront,
  {
    /** Runs one worker until it dies; succeeds only when `close` was asked. `ready` is run once the library is initialised. */
    readonly runWorker: (ready: Effect.Effect<void>) => Effect.Effect<void, FeedWorkerError>
    /** Reports facts to one listener, synchronously and in order, starting with `connected` when the link is up already. Dials where nothing does. Returns its end. */
    readonly listen: (listener: (event: FrontEvent) => void) => () => void
    readonly requestLogin: Effect.Effect<void>
    /** One request for these instruments, whatever their number: who calls keeps the pace. */
    readonly subscribe: (instruments: ReadonlyArray<string>) => Effect.Effect<void>
    readonly unsubscribe: (instruments: ReadonlyArray<string>) => Effect.Effect<void>
    /** Releases the api instance: nothing connects to the front until `redial`, or until another session listens. */
    readonly release: Effect.Effect<void>
    /** Replaces the api instance: the only way out of a link that swallows requests. */
    readonly redial: Effect.Effect<void>
    readonly close: Effect.Effect<void>
    readonly apiVersion: () => string
  }
>()("tickd/ports/MarketFront") {}
