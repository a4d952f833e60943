import { Effect, Option } from "effect"
import { marketCommands } from "../../protocol/market/commands.ts"
import type { HealthReport } from "../../protocol/market/health-report.ts"
import { symbolsMax } from "../../protocol/market/subscriptions.ts"
import { DaemonClient } from "../daemon-client.ts"
import type { HealthQuery } from "./health-flags.ts"

/** Ticks of what was asked for again need a moment to come. */
const settleMs = 2000

/**
 * Asks again for what is missing or critically stalled, at most as often as allowed, and looks after each time. Ends
 * as soon as the check finds no error. The report that it returns has what was tried and its result.
 */
export const remedy = <E, R, EN, RN>(options: {
  readonly query: HealthQuery
  readonly report: HealthReport
  readonly look: Effect.Effect<HealthReport, E, R>
  readonly note: (event: string, fields?: Readonly<Record<string, unknown>>) => Effect.Effect<void, EN, RN>
}) =>
  Effect.gen(function* () {
    const { note, query } = options
    const client = yield* DaemonClient
    const command = (verb: "subscribe" | "resubscribe", symbols: ReadonlyArray<string>) =>
      client.command(
        marketCommands[verb],
        { symbols, wait_ms: Math.round(query.subscribeTimeout * 1000) },
        {
          reason: Option.some(`health check: ${query.escalationMarker}`),
          timeoutMs: query.subscribeTimeout * 1000 + 3000
        }
      )
    const wrong = (report: HealthReport) => [
      ...report.missing_contracts,
      ...report.stalled_contracts.flatMap(({ severity, symbol }) => (severity === "critical" ? [symbol] : []))
    ]
    const attempted = new Set<string>()
    const resubscribed = new Set<string>()
    const failed = new Map<string, string>()
    let limited = 0
    let attempts = 0
    let report = options.report
    while (attempts < query.maxRemediationAttempts && report.exit_code === 2) {
      attempts++
      const symbols = wrong(report).slice(0, symbolsMax)
      yield* note("remediation_attempt", { attempt: attempts, symbols: symbols.length })
      const notWanted = report.missing_details.filter(({ why }) => why === "not wanted").map(({ symbol }) => symbol)
      const unknown = new Set(notWanted)
      const wanted = symbols.filter((symbol) => !unknown.has(symbol))
      for (const symbol of symbols) attempted.add(symbol)
      for (const [verb, list] of [
        ["subscribe", symbols.filter((symbol) => unknown.has(symbol))],
        ["resubscribe", wanted]
      ] as const) {
        if (list.length === 0) continue
        const reply = yield* command(verb, list)
        for (const symbol of reply.accepted) resubscribed.add(symbol)
        for (const { reason, symbol } of reply.rejected) {
          failed.set(symbol, reason)
          if (/rate limit/i.test(reason)) limited++
        }
        for (const symbol of reply.pending) failed.set(symbol, "not answered")
      }
      yield* Effect.sleep(settleMs)
      report = yield* options.look
      yield* note("remediation_result", { attempt: attempts, exit_code: report.exit_code })
    }
    const still = new Set(wrong(report))
    const succeeded = [...attempted].filter((symbol) => !still.has(symbol))
    for (const symbol of succeeded) failed.delete(symbol)
    return {
      ...report,
      metadata: { ...report.metadata, remediation_attempts: attempts, remediated: report.exit_code !== 2 },
      remediation: {
        attempted: [...attempted],
        succeeded,
        resubscribed: [...resubscribed],
        failed: Array.from(failed, ([symbol, reason]) => ({ symbol, reason })),
        rate_limit_events: limited,
        retries: attempts - 1
      }
    } satisfies HealthReport
  })
