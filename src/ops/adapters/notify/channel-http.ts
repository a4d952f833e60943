import { Effect } from "effect"
import type { HttpClient } from "effect/http"

/** Runs an exchange with the HTTP client of the process. */
export type ChannelHttp = <A, E>(exchange: Effect.Effect<A, E, HttpClient.HttpClient>) => Effect.Effect<A, E>
