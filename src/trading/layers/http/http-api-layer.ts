import { randomBytes } from "node:crypto"
import { Cause, Clock, Context, Effect, Layer } from "effect"
import type { Body } from "../../../../actors/runtime/tree.ts"
import { type BackoffPolicy, backoffMs } from "../../../../machines/backoff.ts"
import { instantOfMs } from "../../../kernel/time/utc-instant.ts"
import { monotonicMs } from "../../../platform/process/clock.ts"
import { tradingCommands } from "../../../protocol/trading/commands.ts"
import { Unreadable } from "../../adapters/alpaca/wire/fields.ts"
import { readerOf } from "../../adapters/alpaca/wire/read.ts"
import { tradeUpdate, WireTradeUpdate } from "../../adapters/alpaca/wire/trade-update.ts"
import { commandEndpoints } from "../../adapters/http/endpoints/command-endpoints.ts"
import { serviceEndpoints } from "../../adapters/http/endpoints/service-endpoints.ts"
import { serveHttpApi } from "../../adapters/http/server/http-server.ts"
import { makeAuthenticator } from "../../adapters/http/tokens/authenticate.ts"
import type { HttpSettings } from "../../config/http-settings.ts"
import { CommandEntrance } from "../../ports/command-entrance.ts"
import { VenueWatch } from "../../ports/trade-conditions.ts"
import { TradeLog } from "../lowest.ts"
import { TradeActors } from "../tree-layer.ts"
import { ApiCounts, note } from "./api-counts.ts"

/** The HTTP API: the child of the tree, and what it did. */
export class TradeHttpApi extends Context.Service<
  TradeHttpApi,
  {
    readonly body: Body
    /** 0 until it listens for the first time. */
    readonly port: () => number
    /** Why it does not listen; empty: it does, or has not begun. */
    readonly problem: () => string
    readonly counts: ApiCounts["Service"]
  }
>()("tickd/trading/TradeHttpApi") {}

export interface HttpApiLayerOptions {
  readonly http: HttpSettings
  readonly version: string
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>
  /** Requests in progress may end within this time. Milliseconds. */
  readonly drainMs: number
}

/** Refusals for the log: somewhat more than a request that is wrong. The others are counted, and commands audited. */
const suspicious = /^(?:TOKEN|FORBIDDEN|RATE_LIMITED|BUSY|WEBHOOK)/

/** Pauses before another attempt to listen. */
const again: BackoffPolicy = { baseMs: 500, capMs: 15_000 }

/** Below the time after which the simulated venue gives up on a webhook. */
const webhookMs = 4000

const readWire = readerOf("webhook", WireTradeUpdate)
/** The body of a webhook is the `data` of a message of the stream. */
const readUpdate = (text: string) => {
  const wire = readWire(text)
  return wire instanceof Unreadable ? wire : tradeUpdate(wire, "webhook", text)
}

const make = Effect.fnUntraced(function* ({ drainMs, http, metrics, version }: HttpApiLayerOptions) {
  const [entrance, actors, watch, log] = [
    yield* CommandEntrance,
    yield* TradeActors,
    yield* VenueWatch,
    yield* TradeLog
  ]
  const nowMs = yield* Effect.clockWith((clock) => Effect.succeed(() => clock.currentTimeMillisUnsafe()))
  const counts = yield* ApiCounts
  const tokens = makeAuthenticator({
    path: http.tokens,
    nowMs,
    monotonicMs,
    onProblem: (problem) =>
      problem === undefined
        ? log.write("INFO", "the tokens of the API can be used again", { event: "api_tokens_read" })
        : log.write("ERROR", problem.message, { event: "api_tokens_unreadable", code: problem.code })
  })
  const bug = (endpoint: string, cause: Cause.Cause<unknown>): string => {
    const id = randomBytes(6).toString("hex")
    counts.bugs++
    log.write("ERROR", `${endpoint}: ${Cause.pretty(cause)}`, { event: "api_bug", id })
    return id
  }
  let { port } = http
  let listens = false
  let problem = ""

  const serve = Effect.gen(function* () {
    const server = yield* serveHttpApi({
      host: http.host,
      port,
      version,
      endpoints: (document) => [
        ...serviceEndpoints({
          version,
          document,
          metrics: Effect.promise(metrics),
          webhook: {
            ...http.webhook,
            now: Effect.map(Clock.currentTimeMillis, (ms) => watch.exchangeNow(ms) ?? instantOfMs(ms)),
            read: readUpdate,
            take: actors.updates.take,
            answerMs: webhookMs
          }
        }),
        ...commandEndpoints(tradingCommands, (name, payload, caller) =>
          entrance.perform(name as keyof typeof tradingCommands, payload, caller)
        )
      ],
      authenticate: tokens.authenticate,
      activeTokens: tokens.activeTokens,
      limits: http.limits,
      drainMs,
      monotonicMs,
      events: {
        answered: (route, status) => note(counts.answers, `${route} ${status}`),
        refused: (code, address) => {
          note(counts.refusals, code)
          if (!suspicious.test(code)) return
          log.write("WARNING", `a request over HTTP was refused: ${code}`, { event: "api_refused", code, address })
        },
        cut: () => void counts.cuts++,
        bug
      }
    })
    port = server.port
    listens = true
    counts.listening = true
    log.write("INFO", `the API answers on http://${http.host}:${port}`, { event: "api_listening", port })
    if (tokens.activeTokens() === 0) {
      log.write("WARNING", "The API has no token, so it takes no command: create one with tickd token create.", {
        event: "api_without_tokens"
      })
    }
    problem = ""
    return yield* Effect.never
  })

  /**
   * Ready at once: what comes after it must not wait for a port. A port that is in use, or a token that is missing,
   * passes by itself, so it is tried again.
   */
  const body: Body = (ready) =>
    Effect.gen(function* () {
      yield* ready
      for (let tries = 1; ; tries++) {
        const { message } = yield* Effect.flip(
          Effect.ensuring(
            Effect.scoped(serve),
            Effect.sync(() => void (counts.listening = false))
          )
        )
        if (message !== problem) log.write("ERROR", message, { event: "api_not_listening" })
        problem = message
        yield* Effect.sleep(backoffMs(again, tries, tries))
      }
    })
  return TradeHttpApi.of({ body, port: () => (listens ? port : 0), problem: () => problem, counts })
})

/** The HTTP API over the command table and the way of the stream's updates. */
export const httpApiLayer = (options: HttpApiLayerOptions) => Layer.effect(TradeHttpApi, make(options))
