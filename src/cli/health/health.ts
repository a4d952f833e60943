import { Clock, Effect, Option, Result } from "effect"
import { Command } from "effect/cli"
import { hoursOfSymbol } from "../../kernel/calendar/symbol-hours.ts"
import { chinaCalendar } from "../../kernel/calendar/trading-calendar.ts"
import { TradingSessions } from "../../kernel/calendar/trading-sessions.ts"
import { closingAuctionMs } from "../../kernel/calendar/watch-windows.ts"
import { matchesGlob, parseGlob } from "../../kernel/instrument/glob.ts"
import { shanghaiIso } from "../../kernel/time/shanghai-time.ts"
import type { HealthReport } from "../../protocol/market/health-report.ts"
import { askActive, askCatalogue } from "../daemon/ask-pages.ts"
import { DaemonClient } from "../daemon-client.ts"
import { endWith, Invocation, present } from "../invocation.ts"
import { waiting } from "../terminal/progress.ts"
import { escalate, escalationOf } from "./health-escalation.ts"
import { openHealthFiles } from "./health-files.ts"
import { type HealthQuery, healthFlags } from "./health-flags.ts"
import { pushHealthMetrics } from "./health-metrics.ts"
import { remedy } from "./health-remedy.ts"
import {
  activeOf,
  checkFailed,
  type ParseContracts,
  readActiveFile,
  readCatalogueSymbols,
  wrongUse
} from "./health-sources.ts"
import { nextOf, renderHealth } from "./health-text.ts"
import { type ActiveSubscription, type FeedHealth, judgeFeedHealth } from "./health-verdict.ts"
import { isTradingNow } from "./trading-now.ts"

const anyOf = (globs: ReadonlyArray<string>) => {
  const patterns = globs.map(parseGlob)
  return (symbol: string): boolean => {
    const id = symbol.slice(0, Math.max(symbol.lastIndexOf("."), 0)) || symbol
    return patterns.some((pattern) => matchesGlob(pattern, symbol) || matchesGlob(pattern, id))
  }
}

/**
 * Since when a symbol trades without a pause by the shipped calendar; 0 when the market never closes. A product or a
 * day that the calendar does not have is `unknown`.
 */
const tradingSince = (hours: "always" | "calendar") => {
  if (hours === "always") return () => 0
  const sessions = new TradingSessions(chinaCalendar)
  return (symbol: string, atMs: number): number | "closed" | "unknown" => {
    const product = hoursOfSymbol(sessions, symbol)
    if (product === undefined || product.beyondCalendar(atMs)) return "unknown"
    const { fromMs, phase, untilMs } = product.intervalAt(atMs)
    return phase === "trading" && atMs < untilMs - closingAuctionMs(product.plan.exchange) ? fromMs : "closed"
  }
}

interface Sources {
  readonly expected: ReadonlyArray<string>
  readonly active: ReadonlyArray<ActiveSubscription>
  readonly marketHours: "always" | "calendar"
  readonly lateMs: Readonly<Record<string, number>>
  readonly metadata: Readonly<Record<string, unknown>>
}

const reportOf = (query: HealthQuery, health: FeedHealth, sources: Sources, nowMs: number): HealthReport => ({
  generated_at: shanghaiIso(nowMs),
  mode: query.mode,
  coverage_ratio: Number(health.coverage.toFixed(6)),
  expected_total: health.expected,
  active_total: health.active,
  matched_total: health.matched,
  ignored_total: health.ignored.length,
  ignored_symbols: health.ignored,
  missing_contracts: health.missing.map(({ symbol }) => symbol),
  missing_details: health.missing,
  unexpected_contracts: health.unexpected,
  stalled_contracts: health.stalled.map((one) => ({
    symbol: one.symbol,
    subscription_id: one.subscriptionId,
    feed: one.feed,
    last_tick_at: one.lastTickMs === undefined ? null : shanghaiIso(one.lastTickMs),
    lag_seconds: one.lagMs / 1000,
    severity: one.severity
  })),
  warnings: health.warnings,
  errors: health.errors,
  exit_code: health.exitCode,
  not_judged: {
    closed: health.notJudged.closed,
    hours_unknown: health.notJudged.hoursUnknown,
    never_ticked: health.notJudged.neverTicked,
    no_times: health.notJudged.noTimes
  },
  thresholds: {
    coverage: query.coverageThreshold,
    lag_warning_seconds: query.lagWarning,
    lag_critical_seconds: query.lagCritical,
    gaps: query.gaps,
    liquid: query.liquid
  },
  metadata: { ...sources.metadata, market_hours: sources.marketHours },
  remediation: null
})

const judge = (query: HealthQuery, sources: Sources, nowMs: number): HealthReport =>
  reportOf(
    query,
    judgeFeedHealth({
      expected: sources.expected,
      active: sources.active,
      lateMs: sources.lateMs,
      isIgnored: anyOf(query.ignore),
      limits: {
        coverage: query.coverageThreshold,
        lagWarningMs: query.lagWarning * 1000,
        lagCriticalMs: query.lagCritical * 1000,
        gaps: query.gaps,
        isLiquid: anyOf(query.liquid)
      },
      nowMs,
      tradingSinceMs: tradingSince(Option.getOrElse(query.marketHours, () => sources.marketHours))
    }),
    sources,
    nowMs
  )

/** Fails with exit code 2 when the check itself failed. */
const checkHealth = (parseContracts: ParseContracts) => (given: HealthQuery) =>
  Effect.scoped(
    Effect.gen(function* () {
      if (given.enforce && given.mode === "audit") {
        return yield* wrongUse("--enforce and --mode audit contradict each other: leave one away.")
      }
      const query: HealthQuery = given.enforce ? { ...given, mode: "enforce" } : given
      const startedMs = yield* Clock.currentTimeMillis
      const files = openHealthFiles(query.outDir, query.logPrefix, startedMs)
      const keepsLog = query.mode !== "dry-run" || query.out.length > 0
      const note = (event: string, fields?: Readonly<Record<string, unknown>>) =>
        keepsLog ? files.log(event, fields) : Effect.void
      const escalation = yield* escalationOf(query)
      yield* note("health_check_start", { mode: query.mode })
      const offline = Option.isSome(query.activeFile) && (Option.isSome(query.catalogue) || query.expect === "wanted")
      if (offline && query.mode === "enforce") {
        return yield* wrongUse("enforce asks a daemon: leave --active-file away, or use --mode dry-run.")
      }
      const { env } = yield* Invocation
      const client = yield* DaemonClient
      const instance = offline ? undefined : yield* client.instance

      const look = Effect.gen(function* () {
        const file = Option.isSome(query.activeFile) ? yield* readActiveFile(query.activeFile.value) : undefined
        const asked =
          file === undefined && instance !== undefined ? yield* askActive(query.activeTimeout * 1000) : undefined
        const active = file?.active ?? asked?.subscriptions.map(activeOf) ?? []
        yield* note("active_snapshot_loaded", { total: active.length })
        const expected = Option.isSome(query.catalogue)
          ? yield* readCatalogueSymbols(query.catalogue.value, query.catalogueFormat, parseContracts)
          : query.expect === "wanted" || instance === undefined
            ? active.map(({ symbol }) => symbol)
            : yield* askCatalogue(query.contractsTimeout * 1000)
        yield* note("catalogue_loaded", { total: expected.length })
        const sources: Sources = {
          expected,
          active,
          marketHours: asked?.marketHours ?? "calendar",
          lateMs: asked?.lateMs ?? {},
          metadata: {
            expected_source: Option.getOrElse(query.catalogue, () => (query.expect === "wanted" ? "wanted" : "nats")),
            active_source: Option.getOrElse(query.activeFile, () => "nats"),
            ...(instance !== undefined && { instance }),
            ...(file !== undefined && file.skipped > 0 && { unusable_records: file.skipped })
          }
        }
        const report = judge(query, sources, yield* Clock.currentTimeMillis)
        if (expected.length > 0 || sources.metadata["expected_source"] !== "nats" || report.exit_code === 2)
          return report
        // A check that expects nothing misses nothing, which is not health.
        const warnings = [...report.warnings, "Nothing is expected: the daemon's catalogue is empty"]
        return { ...report, warnings, exit_code: 1 } satisfies HealthReport
      })

      let report = yield* look
      if (query.mode === "enforce" && instance !== undefined && report.exit_code === 2) {
        report = yield* remedy({ query, report, look, note })
        if (report.exit_code === 2) {
          yield* note("health_check_escalation", { marker: query.escalationMarker })
          report = {
            ...report,
            metadata: { ...report.metadata, escalated: true, escalation_marker: query.escalationMarker }
          }
          if (escalation !== undefined) {
            const { detail, ok } = yield* escalate(escalation, query.escalationMarker, report.exit_code)
            yield* note(ok ? "escalation_command_executed" : "escalation_command_error", { detail })
            if (!ok) report = { ...report, metadata: { ...report.metadata, escalation_error: detail } }
          }
        }
      } else if (query.mode === "enforce") yield* note("remediation_skipped", { exit_code: report.exit_code })

      const gateway = Option.getOrElse(query.pushgatewayUrl, () => env["PUSHGATEWAY_URL"] ?? "")
      if (!query.skipMetrics && gateway !== "") {
        const pushed = yield* Effect.result(pushHealthMetrics(gateway, query, report))
        // A check whose figures are not stored has failed; its verdict is printed all the same.
        if (Result.isFailure(pushed)) {
          yield* note("metrics_not_pushed", { detail: pushed.failure.message })
          report = { ...report, errors: [...report.errors, pushed.failure.message], exit_code: 2 }
        }
      }
      const forms = query.mode === "audit" && query.out.length === 0 ? (["json", "csv"] as const) : query.out
      for (const form of new Set(forms)) {
        yield* note("artifact_written", { file: yield* files.write(form, report, query.jsonIndent) })
      }
      yield* note("health_check_complete", { exit_code: report.exit_code })
      return report
    })
  ).pipe(
    Effect.mapError((error: { readonly _tag?: string; readonly code?: string; readonly message: string }) =>
      "exitCode" in error && error.exitCode === 64 ? (error as never) : checkFailed(error)
    )
  )

/**
 * `tickd health check`: coverage and silence, judged from outside. `parseContracts` reads the file of `--catalogue`.
 */
export const healthCommand = (parseContracts: ParseContracts) =>
  Command.make("health").pipe(
    Command.withDescription("Judge a running daemon from outside"),
    Command.withSubcommands([
      Command.make("check", healthFlags, (query) =>
        Effect.gen(function* () {
          if (query.tradingHoursOnly && !isTradingNow(yield* Clock.currentTimeMillis)) {
            return yield* present(query.json, { skipped: "closed", exit_code: 0 }, () => "market closed: not checked")
          }
          const report = yield* waiting("checking", checkHealth(parseContracts)(query))
          yield* present(query.json, report, (_, screen) => renderHealth(report, query.limitList, screen), nextOf)
          yield* endWith(report.exit_code)
        })
      ).pipe(
        Command.provide(({ instance, natsUrl, password, server, user }) =>
          DaemonClient.layer(
            { server: Option.orElse(server, () => natsUrl), instance },
            {
              ...(Option.isSome(user) && { NATS_USER: user.value }),
              ...(Option.isSome(password) && { NATS_PASSWORD: password.value })
            }
          )
        ),
        Command.withDescription(
          "Compare what should be subscribed with what is and what ticks. Exit code 0 healthy, 1 warnings only, 2 errors"
        )
      )
    ])
  )
