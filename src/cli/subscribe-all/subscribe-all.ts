import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseEnv } from "node:util"
import { Clock, Effect, Option } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { matchesGlob, parseGlob } from "../../kernel/instrument/glob.ts"
import { cureOf } from "../../kernel/system-fault.ts"
import { shanghaiIso } from "../../kernel/time/shanghai-time.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { openQuestion, resolveInstance } from "../ask/state-query.ts"
import type { FeedQuery, FeedSummary } from "../feed.ts"
import { askActive, askCatalogue } from "../health/health-sources.ts"
import { type BatchesRecord, type BatchRecord, subscribeBatches } from "./subscribe-batches.ts"
import { unsubscribeAdded } from "./subscribe-wind-down.ts"

/** Puts the NATS variables of a file in the place of the environment's. Values may stand in quotes. */
const useEnvFile = (file: string) =>
  Effect.try({
    try: () => {
      for (const [name, value] of Object.entries(parseEnv(readFileSync(file, "utf8")))) {
        if (/^(NATS_[A-Z_]+|TICKD_INSTANCE)$/.test(name)) process.env[name] = value
      }
    },
    catch: (cause) =>
      new UserError({
        code: "ENV_FILE_UNREADABLE",
        message: `Environment file not found: ${file} (${errorText(cause)}).`,
        exitCode: exitCodes.badInput
      })
  })

const makeFolder = (parent: string, atMs: number) => {
  const iso = shanghaiIso(atMs)
  const folder = join(
    parent,
    `full-feed-${iso.slice(0, 10).replaceAll("-", "")}-${iso.slice(11, 19).replaceAll(":", "")}`
  )
  const attempt = (write: () => void) =>
    Effect.try({
      try: write,
      catch: (cause) =>
        new UserError({
          code: "OUTPUT_NOT_WRITTEN",
          message: `The files of the run cannot be written to ${folder} (${errorText(cause)}): ${cureOf(cause, "name another folder with --output-dir")}.`,
          exitCode: exitCodes.badInput
        })
    })
  return Effect.as(
    attempt(() => void mkdirSync(folder, { recursive: true })),
    {
      path: folder,
      write: (name: string, value: unknown) =>
        attempt(() => writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`))
    }
  )
}

/** What is to be subscribed, and what of the catalogue is left out. */
const chooseSymbols = (catalogue: ReadonlyArray<string>, query: FeedQuery) => {
  const include = query.include.map(parseGlob)
  const exclude = query.exclude.map(parseGlob)
  const asked = [...new Set(catalogue)].filter(
    (symbol) =>
      (include.length === 0 || include.some((glob) => matchesGlob(glob, symbol))) &&
      !exclude.some((glob) => matchesGlob(glob, symbol))
  )
  const skipped = query.allowAmpersand ? [] : asked.filter((symbol) => symbol.includes("&"))
  const kept = query.allowAmpersand ? asked : asked.filter((symbol) => !symbol.includes("&"))
  return {
    chosen: kept.slice(
      0,
      Option.getOrElse(query.limit, () => kept.length)
    ),
    skipped
  }
}

const barWidth = 30
/** A bar on a terminal, overwritten in place; a line a batch with --verbose. */
const showProgress = (query: FeedQuery, total: number) => (batch: BatchRecord, done: number) => {
  if (query.verbose) {
    process.stderr.write(
      `batch ${batch.index}: ${batch.accepted.length} accepted, ${batch.rejected.length} rejected, ${batch.pending.length} pending, ${batch.duration_seconds.toFixed(2)} s\n`
    )
  } else if (process.stderr.isTTY) {
    const full = total === 0 ? barWidth : Math.round((done / total) * barWidth)
    process.stderr.write(
      `\r[${"#".repeat(full)}${".".repeat(barWidth - full)}] ${done} of ${total}${done >= total ? "\n" : ""}`
    )
  }
}

/**
 * `tickd feed subscribe-all`. A run that is interrupted, or that was asked to hold, unsubscribes what it subscribed and logs
 * `UNSUBSCRIBED`: what it leaves behind is what was there before.
 */
export const subscribeAll = (query: FeedQuery, asked: Effect.Effect<void>) =>
  Effect.scoped(
    Effect.gen(function* () {
      if (Option.isSome(query.envFile)) yield* useEnvFile(query.envFile.value)
      if (Option.isSome(query.user)) process.env["NATS_USER"] = query.user.value
      if (Option.isSome(query.password)) process.env["NATS_PASSWORD"] = query.password.value
      const beganMs = yield* Clock.currentTimeMillis
      const connection = yield* openQuestion(Option.orElse(query.server, () => query.natsUrl))
      const instance = yield* resolveInstance(connection, query)
      const patienceMs = query.contractsTimeout * 1000
      const catalogue = yield* askCatalogue(connection, instance, patienceMs)
      if (catalogue.length === 0) {
        return yield* new UserError({
          code: "CATALOGUE_EMPTY",
          message: `${instance} has no catalogue: give it contract files (TICKD_CONTRACTS) or a trader library, see docs/operations/contracts.md.`,
          exitCode: exitCodes.unavailable
        })
      }
      const { chosen, skipped } = chooseSymbols(catalogue, query)
      const known = (yield* askActive(connection, instance, patienceMs)).active
      const isActive = new Set(known.flatMap(({ active, symbol }) => (active ? [symbol] : [])))
      const isWanted = new Set(known.map(({ symbol }) => symbol))
      const missing = chosen.filter((symbol) => !isActive.has(symbol))
      const already = chosen.length - missing.length
      const folder = yield* makeFolder(query.outputDir, beganMs)
      yield* folder.write("contracts.json", { symbols: catalogue, source: "nats", instance })
      yield* folder.write("skipped_ampersand.json", skipped)

      const show = showProgress(query, missing.length)
      const record: BatchesRecord = { asked: new Set(), accepted: [], rejected: [], batches: 0 }
      const run = subscribeBatches({
        query,
        connection,
        instance,
        symbols: query.dryRun ? [] : missing,
        record,
        onBatch: (batch, done) =>
          Effect.tap(folder.write(`batch-${String(batch.index).padStart(3, "0")}.json`, batch), () =>
            Effect.sync(() => show(batch, done))
          )
      })
      // What the daemon wanted before this run stays wanted, acknowledged or not.
      const windDown = Effect.suspend(() =>
        unsubscribeAdded({
          query,
          connection,
          instance,
          symbols: [...record.asked].filter((symbol) => !isWanted.has(symbol))
        })
      )
      const finished = yield* Effect.raceFirst(Effect.as(run, true), Effect.as(asked, false))
      const { accepted, batches, rejected } = record
      yield* folder.write("rejections.json", rejected)
      const coverage = chosen.length === 0 ? 1 : (already + accepted.length) / chosen.length
      const summary: FeedSummary = {
        contracts_source: "nats",
        contract_file: join(folder.path, "contracts.json"),
        output_dir: folder.path,
        total_symbols: chosen.length,
        session_window: query.window,
        config_profile: query.config,
        accepted_count: accepted.length,
        rejected_count: rejected.length,
        skipped_count: skipped.length,
        already_active_count: already,
        processed_symbols: accepted.length + rejected.length,
        coverage: Number(coverage.toFixed(6)),
        coverage_threshold: query.coverageThreshold,
        coverage_met: coverage >= query.coverageThreshold,
        duration_seconds: ((yield* Clock.currentTimeMillis) - beganMs) / 1000,
        dry_run: query.dryRun,
        interrupted: !finished,
        accepted_symbols: accepted,
        rejected_items: rejected,
        skipped_symbols: skipped,
        batches
      }
      yield* folder.write("summary.json", summary)
      if (!finished) {
        yield* windDown
        return yield* new UserError({
          code: "INTERRUPTED",
          message: `The run was interrupted; what it had subscribed is unsubscribed again, and ${folder.path} tells how far it came.`,
          exitCode: exitCodes.secondSignal
        })
      }
      if (query.hold && !query.dryRun) {
        yield* asked
        yield* windDown
      }
      return summary
    })
  )
