import { Effect } from "effect"
import { readCatalogue, readSubscriptions } from "../../protocol/market/read-pages.ts"
import { DaemonClient } from "../daemon-client.ts"

/** The catalogue of the daemon as symbols (`rb2701.SHFE`), all pages. */
export const askCatalogue = (timeoutMs: number) =>
  Effect.flatMap(DaemonClient, (client) => readCatalogue((entry, body) => client.ask(entry, body, timeoutMs)))

/** Every subscription of the daemon on all feeds, its setting of market hours, and which feeds are late. */
export const askActive = (timeoutMs: number) =>
  Effect.flatMap(DaemonClient, (client) => readSubscriptions((entry, body) => client.ask(entry, body, timeoutMs)))
