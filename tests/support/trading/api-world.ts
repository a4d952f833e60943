// The HTTP API of a trading daemon on a free port, over the control plane and the layers that ship.
import { join } from "node:path"
import { Context, Effect, Latch, Layer, Result } from "effect"
import { Secret } from "../../../src/kernel/secret.ts"
import { type Role, roles } from "../../../src/protocol/trading/route.ts"
import { defaultRateLimits, type RateLimits } from "../../../src/trading/adapters/http/admission/rate-limits.ts"
import { createToken } from "../../../src/trading/adapters/http/tokens/token-commands.ts"
import { TradeControl, tradeControlLayer } from "../../../src/trading/layers/control/trading-control.ts"
import { ApiCounts } from "../../../src/trading/layers/http/api-counts.ts"
import { httpApiLayer, TradeHttpApi } from "../../../src/trading/layers/http/http-api-layer.ts"
import type { Lowest } from "../../../src/trading/layers/lowest.ts"
import type { Trading } from "../../../src/trading/layers/trade-layers.ts"

export const webhookSecret = "secret-of-the-webhook-test"

export interface ApiOptions {
  /** Of tokens and audit. */
  readonly folder: string
  readonly port?: number
  readonly limits?: Partial<RateLimits>
}

export interface Answer {
  readonly status: number
  readonly code: string | undefined
  // The body is JSON of many forms, and each test knows its own.
  readonly body: Record<string, unknown>
  readonly headers: Headers
}

/** Who asks: a role, several with `+`, or no token. */
export type Asker = Role | `${Role}+${Role}` | "none"

/** Starts the API; it ends with the scope. */
export const startApi = Effect.fnUntraced(function* (services: Context.Context<Lowest | Trading>, options: ApiOptions) {
  const { folder } = options
  const tokens = join(folder, "api-tokens.json")
  const done: Array<string> = []
  const tokenOf = new Map<string, string>()
  for (const name of [...roles, "trader+risk" as const]) {
    const held = name.split("+") as [Role, ...Array<Role>]
    const made = createToken(tokens, {
      name: `test-${name.replace("+", "-")}`,
      roles: held,
      by: "test",
      nowMs: yield* Effect.clockWith((clock) => Effect.sync(() => clock.currentTimeMillisUnsafe())),
      expiresAtMs: undefined
    })
    tokenOf.set(name, Result.getOrThrow(made).text)
  }
  const control = tradeControlLayer({
    version: "1.0.0",
    venue: "simulated",
    stateDir: folder,
    connection: () => undefined,
    startedMs: yield* Effect.clockWith((clock) => Effect.sync(() => clock.currentTimeMillisUnsafe())),
    setLogLevel: (level) => void done.push(level),
    restartChild: (path) => Effect.sync(() => void done.push(`restart ${path}`)),
    drain: () => void done.push("drain")
  })
  const built = yield* Layer.build(
    httpApiLayer({
      http: {
        host: "127.0.0.1",
        port: options.port ?? 0,
        tokens,
        limits: { ...defaultRateLimits, ...options.limits },
        webhook: { secret: new Secret(webhookSecret), unsigned: false }
      },
      version: "1.0.0",
      metrics: () => Promise.resolve({ contentType: "text/plain; version=0.0.4", text: "trade_up 1\n" }),
      drainMs: 1000
    }).pipe(Layer.provideMerge(Layer.merge(control, ApiCounts.layer)))
  ).pipe(Effect.provideContext(services))
  const { body, during } = Context.get(built, TradeControl)
  const api = Context.get(built, TradeHttpApi)
  const ready = Latch.makeUnsafe(false)
  yield* Effect.forkScoped(during(Effect.raceFirst(body(Effect.void), Effect.scoped(api.body(ready.open)))))
  yield* ready.await
  const url = `http://127.0.0.1:${api.port()}`

  /** Sends `METHOD /path`. */
  const ask = (who: Asker, request: string, json?: unknown, headers: Record<string, string> = {}) =>
    Effect.promise(async (): Promise<Answer> => {
      const [method = "", path = ""] = request.split(" ")
      const token = tokenOf.get(who)
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(json === undefined ? {} : { "content-type": "application/json" }),
          ...headers
        },
        ...(json === undefined ? {} : { body: typeof json === "string" ? json : JSON.stringify(json) })
      })
      const text = await answer.text()
      const isJson = answer.headers.get("content-type")?.includes("json") === true
      const body = isJson ? (JSON.parse(text) as Record<string, unknown>) : { text }
      return { status: answer.status, code: body["code"] as string | undefined, body, headers: answer.headers }
    })
  return { url, ask, tokenOf, counts: api.counts, done }
})
