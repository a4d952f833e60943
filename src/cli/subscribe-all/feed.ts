import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseEnv } from "node:util"
import { Clock, Effect, Layer, Option } from "effect"
import { Command } from "effect/cli"
import { errorText } from "../../kernel/error-text.ts"
import { matchesGlob, parseGlob } from "../../kernel/instrument/glob.ts"
import { cureOf } from "../../kernel/system-fault.ts"
import { shanghaiIso } from "../../kernel/time/shanghai-time.ts"
import { makeFolders } from "../../platform/process/make-folders.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { askActive, askCatalogue } from "../daemon/ask-pages.ts"
import { DaemonClient } from "../daemon-client.ts"
import { endWith, Invocation, present } from "../invocation.ts"
import { type Progress, progress } from "../terminal/progress.ts"
import type { Variables } from "../terminal/screen.ts"
import { type FeedQuery, feedFlags } from "./feed-flags.ts"
import { type FeedSummary, renderFeed } from "./feed-summary.ts"
import { type BatchesRecord, type BatchRecord, subscribeBatches } from "./subscribe-batches.ts"
import { unsubscribeAdded } from "./subscribe-wind-down.ts"

/** The NATS variables of a file. Values may stand in quotes. */
const readEnvFile = (file: string): Effect.Effect<Variables, UserError> =>
  Effect.try({
    try: () => {
      const variables = Object.entries(parseEnv(readFileSync(file, "utf8")))
      return Object.fromEntries(variables.filter(([name]) => /^(NATS_[A-Z_]+|TICKD_INSTANCE)$/.test(name)))
    },
    catch: (cause) =>
      new UserError({
        code: "ENV_FILE_UNREADABLE",
        message: `Environment file not found: ${file} (${errorText(cause)}).`,
        exitCode: exitCodes.badInput
      })
  })

/** The file of `--env-file` wins over the environment, `--user` and `--password` over both. */
const clientOf = ({ envFile, instance, natsUrl, password, server, user }: FeedQuery) =>
  Layer.unwrap(
    Effect.map(Option.isSome(envFile) ? readEnvFile(envFile.value) : Effect.succeed({}), (variables) =>
      DaemonClient.layer(
        { server: Option.orElse(server, () => natsUrl), instance },
        {
          ...variables,
          ...(Option.isSome(user) && { NATS_USER: user.value }),
          ...(Option.isSome(password) && { NATS_PASSWORD: password.value })
        }
      )
    )
  )

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
    attempt(() => makeFolders(folder)),
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

/** Progress on a terminal; a line a batch with --verbose. */
const showBatch = (query: FeedQuery, bar: Progress, total: number) => (batch: BatchRecord, done: number) =>
  query.verbose
    ? Effect.sync(
        () =>
          void process.stderr.write(
            `batch ${batch.index}: ${batch.accepted.length} accepted, ${batch.rejected.length} rejected, ${batch.pending.length} pending, ${batch.duration_seconds.toFixed(2)} s\n`
          )
      )
    : bar.show(done, total)

/**
 * Subscribes the whole catalogue. A run that is interrupted, or that was asked to hold, unsubscribes what it
 * subscribed and logs `UNSUBSCRIBED`: what it leaves behind is what was there before.
 */
const subscribeAll = Effect.fnUntraced(function* (query: FeedQuery) {
  const { stopRequested } = yield* Invocation
  const client = yield* DaemonClient
  const beganMs = yield* Clock.currentTimeMillis
  const instance = yield* client.instance
  const timeoutMs = query.contractsTimeout * 1000
  const catalogue = yield* askCatalogue(timeoutMs)
  if (catalogue.length === 0) {
    return yield* new UserError({
      code: "CATALOGUE_EMPTY",
      message: `${instance} has no catalogue: give it contract files (TICKD_CONTRACTS) or a trader library, see docs/operations/contracts.md.`,
      exitCode: exitCodes.unavailable
    })
  }
  const { chosen, skipped } = chooseSymbols(catalogue, query)
  const known = (yield* askActive(timeoutMs)).subscriptions
  const isActive = new Set(known.flatMap(({ active, symbol }) => (active ? [symbol] : [])))
  const isWanted = new Set(known.map(({ symbol }) => symbol))
  const missing = chosen.filter((symbol) => !isActive.has(symbol))
  const already = chosen.length - missing.length
  const folder = yield* makeFolder(query.outputDir, beganMs)
  yield* folder.write("contracts.json", { symbols: catalogue, source: "nats", instance })
  yield* folder.write("skipped_ampersand.json", skipped)

  const bar = yield* progress("instruments")
  const show = showBatch(query, bar, missing.length)
  const record: BatchesRecord = { asked: new Set(), accepted: [], rejected: [], batches: 0 }
  const run = subscribeBatches({
    query,
    symbols: query.dryRun ? [] : missing,
    record,
    onBatch: (batch, done) =>
      Effect.andThen(folder.write(`batch-${String(batch.index).padStart(3, "0")}.json`, batch), show(batch, done))
  })
  // What the daemon wanted before this run stays wanted, acknowledged or not.
  const windDown = Effect.suspend(() =>
    unsubscribeAdded({
      query,
      instance,
      symbols: [...record.asked].filter((symbol) => !isWanted.has(symbol))
    })
  )
  const finished = yield* Effect.ensuring(
    Effect.raceFirst(Effect.as(run, true), Effect.as(stopRequested, false)),
    bar.end
  )
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
      message: `The run was interrupted; what it had subscribed is unsubscribed again, and ${folder.path} shows how far it came.`,
      exitCode: exitCodes.secondSignal
    })
  }
  if (query.hold && !query.dryRun) {
    yield* stopRequested
    yield* windDown
  }
  return summary
})

/** `tickd feed subscribe-all`. Exit code 1 when coverage is not met. */
export const command = Command.make("feed").pipe(
  Command.withDescription("Subscribe a whole feed"),
  Command.withSubcommands([
    Command.make("subscribe-all", feedFlags, (query) =>
      Effect.gen(function* () {
        const summary = yield* subscribeAll(query)
        yield* present(query.json, summary, renderFeed, () => "tickd health check")
        if (!summary.coverage_met && !summary.dry_run) yield* endWith(exitCodes.checkFailed)
      })
    ).pipe(
      Command.provide(clientOf),
      Command.withDescription(
        "Subscribe every contract of the daemon's catalogue and verify it by the fronts' answers. Exit code 1 when coverage is not met"
      )
    )
  ])
)
