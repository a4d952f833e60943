import { Effect, Layer, Option, Scope } from "effect"
import { maskAccount } from "../../../kernel/instrument/account-mask.ts"
import type { StatusMessage } from "../../../protocol/market/status.ts"
import { runHealthCommand } from "../../adapters/drill/health-command.ts"
import { type DrillSettings, drillSettingsOf } from "../../config/drill-variables.ts"
import type { DrillJournal } from "../../domain/drill/drill-journal.ts"
import { evidenceFaults } from "../../domain/drill/evidence.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import type { Feed } from "../../domain/runbook-words.ts"
import { Configuration } from "../../ports/configuration.ts"
import { DaemonControl } from "../../ports/daemon-control.ts"
import { DrillProofs, type Proof } from "../../ports/drill-proofs.ts"
import { ProofError } from "../../ports/health.ts"
import { RunLog } from "../../ports/run-log.ts"
import { checkConsumers } from "./drill-consumers.ts"
import { drillRefusals } from "./drill-refusals.ts"
import { openStreamEvidence, type StreamEvidence } from "./stream-evidence.ts"

/** A switch of a drill is accepted below this time, from the request to the first stored tick of the new feed. */
const switchMsMax = 5_000
/** Of two hot feeds one may always be the first, so that no tick of the other is stored. */
const tickPatienceMs = 1_000
const firstTickMs = 10_000
const lookMs = 50

type HealthStage = "drillHealthStart" | "drillHealthBackup" | "drillHealthPrimary"
type ConsumersStage = "drillConsumersStart" | "drillConsumersBackup" | "drillConsumersPrimary"
type SwitchStage = "drillFailover" | "drillFailback"

const failAs = (exit: ProofError["exit"]) => (cause: { readonly message: string } | string) =>
  new ProofError({ exit, message: typeof cause === "string" ? cause : cause.message })

interface DrillOptions {
  readonly settings: LiveSettings
  readonly journal: DrillJournal
}

/**
 * The proofs of the stages of one drill, which share a reader of the stream: it begins before the first switch and
 * ends with the scope. What they find is in `journal` at once, so that the report of a failed drill has it.
 */
const makeDrillProofs = Effect.fnUntraced(function* (options: DrillOptions) {
  const { journal, settings } = options
  const configuration = yield* Configuration
  const daemon = yield* DaemonControl
  const log = yield* RunLog
  const scope = yield* Effect.scope
  let drill: DrillSettings | undefined
  let reader: StreamEvidence | undefined
  let awaitTick: ((patienceMs: number) => Effect.Effect<Option.Option<number>>) | undefined
  let primaryAccount: string | undefined

  const settingsOf = Effect.suspend(() =>
    drill === undefined
      ? Effect.tap(drillSettingsOf(settings.variables), (read) => Effect.sync(() => void (drill = read)))
      : Effect.succeed(drill)
  )
  const arm = (feed: Feed) =>
    Effect.gen(function* () {
      awaitTick = reader === undefined ? undefined : yield* reader.firstTickOf(feed)
    })

  const allowed: Proof = (request) =>
    Effect.gen(function* () {
      const { force, reason } = request
      yield* settingsOf
      const hours = yield* Effect.mapError(configuration.check(request), failAs("drillRefused"))
      const status = yield* Effect.mapError(daemon.status, failAs("drillRefused"))
      journal.isCold = status.failover?.mode === "cold"
      primaryAccount = status.sessions.find(({ feed }) => feed === "primary")?.account
      const refusals = yield* drillRefusals(settings, status, hours)
      const whys = refusals.map(({ why }) => why)
      if (whys.length === 0) return {}
      const isFinal = refusals.some(({ canForce }) => !canForce)
      if (isFinal || !force) {
        const advice = isFinal ? "" : " (--force --reason TEXT drills anyway)"
        return yield* failAs("drillRefused")(`Drill refused: ${whys.join("; ")}${advice}`)
      }
      journal.forcedOver = whys
      journal.note("drillAllowed", { forced_over: whys, reason: reason ?? "" })
      yield* log.write("WARN", `Drill forced (${reason}) although it would be refused: ${whys.join("; ")}`)
      return {}
    })

  /** The stream's own evidence, at the end of a stage that checks health. */
  const judgeStream = (stage: HealthStage, evidence: StreamEvidence) =>
    Effect.gen(function* () {
      yield* Effect.mapError(evidence.caughtUp, failAs(stage))
      const found = evidence.evidence()
      const { lost, outOfOrder, repeated, ticks } = found
      journal.note(stage, { ticks, lost, repeated, out_of_order: outOfOrder })
      const faults = evidenceFaults(found, journal.isCold)
      const counts = `${ticks} ticks read, ${lost} lost, ${repeated} twice, ${outOfOrder} out of order`
      yield* log.write(faults.length === 0 ? "INFO" : "ERROR", `Stream evidence: ${counts}`)
      if (faults.length === 0) return
      const examples = found.examples.length === 0 ? "" : ` (${found.examples.join("; ")})`
      return yield* failAs(stage)(`The stream was not whole during the drill: ${faults.join(", ")}${examples}`)
    })

  const health =
    (stage: HealthStage, feed: Feed): Proof =>
    ({ window }) =>
      Effect.gen(function* () {
        const { healthArguments: more, healthCommand: command } = yield* settingsOf
        const ran = yield* Effect.mapError(runHealthCommand({ settings, command, more, feed, window }), failAs(stage))
        journal.note(stage, { command: ran.command, exit_code: ran.exitCode, said: ran.said })
        if (ran.exitCode > 1) {
          return yield* failAs(stage)(`The health check on ${feed} ended with ${ran.exitCode}: ${ran.said}`)
        }
        yield* ran.exitCode === 0
          ? log.write("INFO", `Health check on ${feed} passed`)
          : log.write("WARN", `Health check on ${feed} passed with warnings: ${ran.said}`)
        if (reader !== undefined) yield* judgeStream(stage, reader)
        if (stage === "drillHealthBackup") yield* arm("primary")
        return {}
      })

  const openReader = (stage: ConsumersStage, isForced: boolean) =>
    Effect.gen(function* () {
      const opened = yield* openStreamEvidence(settings).pipe(
        Effect.provideService(Scope.Scope, scope),
        Effect.mapError(failAs(stage))
      )
      reader = opened
      journal.readEvidence = opened.evidence
      let waitedMs = 0
      while (opened.evidence().ticks === 0 && waitedMs < firstTickMs) {
        yield* Effect.sleep(lookMs)
        waitedMs += lookMs
      }
      if (opened.evidence().ticks === 0 && !isForced) {
        return yield* failAs(stage)(`No tick was stored within ${firstTickMs / 1000} s: run 'tickd status'`)
      }
    })

  const consumers =
    (stage: ConsumersStage, feed: Feed): Proof =>
    ({ force }) =>
      Effect.gen(function* () {
        if (reader === undefined) yield* openReader(stage, force)
        const note = yield* checkConsumers(settings, yield* settingsOf, feed).pipe(
          Effect.provideService(DaemonControl, daemon),
          Effect.tapError((why) => log.write("ERROR", `verify_consumer_metrics: ${why}`)),
          Effect.mapError(failAs(stage))
        )
        journal.note(stage, note)
        const { feed: expected, largest_backlog, series, source, threshold } = note
        yield* log.write(
          "INFO",
          `verify_consumer_metrics: feed ${expected}, ${series} series, largest backlog ${largest_backlog} of ${threshold} allowed (${source})`
        )
        if (stage === "drillConsumersStart") yield* arm("backup")
        return {}
      })

  /** After the failback nothing of the backup is left: the active session is the primary's. */
  const checkAccount = ({ sessions }: StatusMessage) => {
    const wanted = settings.variables["CTP_PRIMARY_USER_ID"]
    const expected = wanted === undefined || wanted === "" ? primaryAccount : maskAccount(wanted)
    const active = sessions.find(({ role }) => role === "active")
    journal.note("drillFailback", { active_session: active?.feed ?? null, account: active?.account ?? null })
    return active?.feed === "primary" && active.account === expected
      ? Effect.void
      : Effect.fail(
          failAs("switch")(
            `After the failback the active session is ${active?.feed ?? "none"} with account ${active?.account ?? "none"}, not primary with ${expected ?? "none"}: run 'tickd status'`
          )
        )
  }

  const switched =
    (stage: SwitchStage, to: Feed): Proof =>
    () =>
      Effect.gen(function* () {
        const statusNow = Effect.mapError(daemon.status, failAs("switch"))
        let status = yield* statusNow
        while (status.failover?.active !== to || status.failover.switching_to !== null) {
          yield* Effect.sleep(lookMs)
          status = yield* statusNow
        }
        const { failover } = status
        const record = stage === "drillFailover" ? failover.last_failover : failover.last_failback
        const seen = yield* awaitTick?.(tickPatienceMs) ?? Effect.succeedNone
        const ms = Option.getOrElse(seen, () => record?.latency_ms ?? undefined)
        journal.note(stage, {
          to,
          latency_ms: ms ?? null,
          measured_on: Option.isSome(seen) ? "stream" : "daemon",
          daemon_latency_ms: record?.latency_ms ?? null,
          daemon_gap_ms: record?.gap_ms ?? null
        })
        if (ms === undefined) return yield* failAs("switch")(`No tick of ${to} is stored after the switch`)
        if (ms >= switchMsMax) {
          return yield* failAs("switch")(
            `The switch to ${to} took ${Math.round(ms)} ms until its first stored tick: less than ${switchMsMax} ms is accepted`
          )
        }
        if (stage === "drillFailback") yield* checkAccount(status)
        return stage === "drillFailover" ? { failoverMs: Math.round(ms) } : { failbackMs: Math.round(ms) }
      })

  return DrillProofs.of({
    drillAllowed: allowed,
    drillHealthStart: health("drillHealthStart", "primary"),
    drillConsumersStart: consumers("drillConsumersStart", "primary"),
    drillFailover: switched("drillFailover", "backup"),
    drillConsumersBackup: consumers("drillConsumersBackup", "backup"),
    drillHealthBackup: health("drillHealthBackup", "backup"),
    drillFailback: switched("drillFailback", "primary"),
    drillConsumersPrimary: consumers("drillConsumersPrimary", "primary"),
    drillHealthPrimary: health("drillHealthPrimary", "primary")
  })
})

/** The proofs of one drill as `DrillProofs`; the reader of the stream ends with the layer. */
export const drillProofs = (
  options: DrillOptions
): Layer.Layer<DrillProofs, never, Configuration | DaemonControl | RunLog> =>
  Layer.effect(DrillProofs, makeDrillProofs(options))
