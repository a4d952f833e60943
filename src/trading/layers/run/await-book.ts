import { Effect, Exit, Random, Scope } from "effect"
import { backoffMs } from "../../../../machines/backoff.ts"
import { startTelemetryServer } from "../../../platform/http/telemetry-server.ts"
import { monotonicMs } from "../../../platform/process/clock.ts"
import { metricsText } from "../../adapters/prometheus/trade-metrics.ts"
import { OrderStoreError } from "../../ports/order-store.ts"
import { telemetryNames } from "./telemetry.ts"
import type { TradeDaemonOptions } from "./trade-options.ts"

const pauses = { baseMs: 500, capMs: 10_000 }
/** The sentence is repeated this often while the start waits. */
const repeatMs = 60_000

/**
 * Only a database server that does not answer passes by itself. Another program in the book, a refused login, a book of
 * a newer program and a damaged one end the start, and so does a file that cannot be opened.
 */
const passes = (config: TradeDaemonOptions["config"], error: unknown): error is OrderStoreError =>
  config.database !== undefined && error instanceof OrderStoreError && error.reason === "lost"

/**
 * Builds the daemon when the server of its book answers. Until then it is built again and again with a growing pause,
 * the log has the cause, and `/readyz` and `/metrics` report it. Nothing of the daemon runs while it waits.
 */
export const whenBookAnswers = Effect.fnUntraced(function* <A, E, R>(
  { config, log }: Pick<TradeDaemonOptions, "config" | "log">,
  build: Effect.Effect<A, E, R>
): Effect.fn.Return<A, E, Exclude<R, Scope.Scope> | Scope.Scope> {
  const outer = yield* Effect.scope
  const seed = yield* Random.nextInt
  const startedMs = monotonicMs()
  let writtenMs: number | undefined
  let cause = ""
  let telemetry: Scope.Closeable | undefined
  const answers = {
    metrics: async () => ({
      contentType: "text/plain; version=0.0.4",
      text: metricsText({ trade_ready: 0, trade_safety_unknown: 1, trade_store_trouble: 1 })
    }),
    readiness: () => ({ reasons: [`the start waits for its book of orders: ${cause}`], beside: [] }),
    status: () => ({ role: "trading", instance: config.settings.instance, ready: false, reasons: [cause] })
  }
  const serve = Effect.gen(function* () {
    if (telemetry !== undefined) return
    const own = yield* Scope.fork(outer)
    const { host, port } = config.telemetry
    const server = yield* Effect.result(Scope.provide(startTelemetryServer(host, port, answers, telemetryNames), own))
    if (server._tag === "Success") telemetry = own
    else yield* Scope.close(own, Exit.void)
  })
  for (let attempt = 1; ; attempt++) {
    const own = yield* Scope.fork(outer)
    const built = yield* Effect.result(Scope.provide(build, own))
    if (built._tag === "Failure") yield* Scope.close(own, Exit.void)
    if (built._tag === "Success" || !passes(config, built.failure)) {
      // The daemon opens the same port.
      if (telemetry !== undefined) yield* Scope.close(telemetry, Exit.void)
      if (built._tag === "Failure") return yield* Effect.fail(built.failure)
      if (attempt > 1) {
        const seconds = Math.round((monotonicMs() - startedMs) / 1000)
        log.write("INFO", `the book of orders is open after ${seconds} s and ${attempt} attempts`, {
          event: "waiting_over",
          part: "book",
          attempts: attempt
        })
      }
      return built.success
    }
    cause = built.failure.message
    const inMs = backoffMs(pauses, attempt, seed)
    if (writtenMs === undefined || monotonicMs() - writtenMs >= repeatMs) {
      writtenMs = monotonicMs()
      log.write("ERROR", `the start waits for its book of orders: ${cause}`, {
        event: "waiting",
        part: "book",
        attempts: attempt,
        retry_ms: inMs
      })
    }
    yield* serve
    yield* Effect.sleep(inMs)
  }
})
