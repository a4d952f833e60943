import { Clock, Effect, Option, Random } from "effect"
import { Command, Flag } from "effect/cli"
import { openMeasuredReader } from "../../client/measured-reader.ts"
import { connectNats } from "../../platform/nats/connect.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { readerConnection } from "../daemon-client.ts"
import { endWith, Invocation, present } from "../invocation.ts"
import { durationFlag, jsonFlag, serverFlag, shownDefault, wholeFlag } from "../terminal/flags.ts"
import { soakFiles } from "./soak-files.ts"
import { SoakMeasure } from "./soak-measure.ts"
import { progressLine, renderSummary, summarise } from "./soak-summary.ts"
import { defaultThresholds } from "./soak-verdict.ts"

const longestMs = 86_400_000
const shortestMs = 100

const limitFlag = (name: string, description: string, value: number) =>
  Flag.Finite(name).pipe(
    Flag.filter(
      (limit) => limit >= 0,
      () => "a number from 0 on"
    ),
    shownDefault(description, value)
  )

const flags = {
  duration: durationFlag("duration", "How long to measure, at most a day (default: 3600, seconds)", longestMs),
  window: durationFlag("window", "Length of a window of mps_timeseries.csv (default: 5, seconds)", longestMs),
  outDir: Flag.String("out-dir").pipe(
    shownDefault("Folder of the files; those of the last run are replaced", "logs/soak")
  ),
  topN: wholeFlag("top-n", 1, 1_000_000).pipe(shownDefault("Rows of top_subjects.csv at most", 2000)),
  latencySampleSize: wholeFlag("latency-sample-size", 0, 10_000_000).pipe(
    shownDefault("Rows of latency_samples.csv at most", 100_000)
  ),
  subject: Flag.String("subject").pipe(
    Flag.withDescription("Pattern of the ticks; numbers of the feeds are followed without it only (default: all)"),
    Flag.optional
  ),
  minMps: limitFlag("min-mps", "Least ticks a second, the average of the run", defaultThresholds.minMps),
  maxP99Ms: limitFlag("max-p99-ms", "Largest 99th percentile of the latency", defaultThresholds.maxP99Ms),
  maxErrorPercent: limitFlag(
    "max-error-percent",
    "The share of faulty ticks must be below this",
    defaultThresholds.maxErrorPercent
  ),
  maxUnknownGaps: wholeFlag("max-unknown-gaps", 0, 1_000_000).pipe(
    shownDefault("Most gaps whose number of lost ticks is unknown", defaultThresholds.maxUnknownGaps)
  ),
  verbose: Flag.Boolean("verbose").pipe(
    Flag.withDescription("Print the ticks of each exchange after each window"),
    Flag.withDefault(false)
  ),
  server: serverFlag,
  json: jsonFlag
}

const atLeast = (name: string, ms: number) =>
  ms >= shortestMs
    ? Effect.succeed(ms)
    : Effect.fail(
        new UserError({
          code: "TIME_TOO_SHORT",
          message: `--${name} is ${ms} ms: give at least ${shortestMs} ms.`,
          exitCode: exitCodes.wrongUse
        })
      )

type SoakOptions = Command.Command.Config.Infer<typeof flags>

const soak = Effect.fnUntraced(function* (options: SoakOptions) {
  const { env, screen, stopRequested } = yield* Invocation
  const durationMs = yield* atLeast(
    "duration",
    Option.getOrElse(options.duration, () => 3_600_000)
  )
  const windowMs = yield* atLeast(
    "window",
    Option.getOrElse(options.window, () => 5000)
  )
  const files = soakFiles(options.outDir, options.topN)
  const connection = yield* Effect.acquireRelease(
    connectNats({ ...readerConnection(options.server, env), reconnect: true }),
    (opened) => Effect.promise(() => opened.close().catch(() => undefined))
  )
  const beganMs = yield* Clock.currentTimeMillis
  const measure = new SoakMeasure({
    beganMs,
    sampleSize: options.latencySampleSize,
    seed: yield* Random.nextInt
  })
  const clock = yield* Clock.Clock
  const reader = yield* openMeasuredReader({
    connection,
    inboxPrefix: env["NATS_INBOX_PREFIX"],
    stream: env["TICK_STREAM"] ?? "MD_TICKS",
    subjectTemplate: env["TICK_SUBJECT_TEMPLATE"],
    pattern: Option.getOrUndefined(options.subject),
    beganMs,
    nowMs: () => clock.currentTimeMillisUnsafe(),
    onTick: (subject, tick, readMs) => measure.record(subject, tick, readMs)
  })
  const summaryAt = (nowMs: number, complete: boolean) =>
    summarise(measure, reader.reading(), {
      thresholds: options,
      windowSeconds: windowMs / 1000,
      subject: Option.getOrElse(options.subject, () => "all"),
      nowMs,
      complete
    })
  // An unwritable folder is reported before the run, not after an hour.
  yield* files.writeAll(measure, summaryAt(beganMs, false))

  const show = (line: string) => {
    if (screen.hasErrorTerminal && !options.verbose) {
      process.stderr.write(`\r\u001b[K${line.slice(0, screen.columns - 1)}`)
    } else process.stderr.write(`${line}\n`)
  }
  const closeWindow = (nowMs: number) => {
    const window = measure.closeWindow(nowMs)
    const line = progressLine(window, (nowMs - beganMs) / 1000, durationMs / 1000)
    const exchanges = [...measure.perExchange].map(([exchange, messages]) => `${exchange} ${messages}`).sort()
    show(options.verbose ? `${line}  ${exchanges.join(" ")}` : line)
  }
  const windows = Effect.gen(function* () {
    for (let index = 1; ; index++) {
      const dueMs = beganMs + Math.min(index * windowMs, durationMs)
      yield* Effect.sleep(Math.max(0, dueMs - (yield* Clock.currentTimeMillis)))
      const nowMs = yield* Clock.currentTimeMillis
      closeWindow(nowMs)
      if (dueMs >= beganMs + durationMs) return
      yield* files.writeProgress(measure, summaryAt(nowMs, false))
    }
  })
  const finish = (complete: boolean) =>
    Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis
      const lastEndMs = measure.windows.at(-1)?.endMs ?? beganMs
      // The rest of a run that ended within a window.
      if (!complete && nowMs > lastEndMs) closeWindow(nowMs)
      if (screen.hasErrorTerminal && !options.verbose) process.stderr.write("\r\u001b[K")
      const summary = summaryAt(measure.windows.at(-1)?.endMs ?? nowMs, complete)
      yield* files.writeAll(measure, summary)
      return summary
    })
  const complete = yield* Effect.raceAllFirst([
    Effect.as(windows, true),
    Effect.as(stopRequested, false),
    // Reading ends only with a fault. What was measured until then is kept.
    Effect.tapError(reader.run, () => finish(false))
  ])
  return yield* finish(complete)
}, Effect.scoped)

/** 0: every check holds; 1: one does not; 130: ended early. */
const exitCodeOf = {
  passed: exitCodes.done,
  failed: exitCodes.checkFailed,
  incomplete: exitCodes.secondSignal
} as const

/** `tickd soak`: measures the stream as a consumer and judges it. */
export const command = Command.make("soak", flags, (options) =>
  Effect.gen(function* () {
    const summary = yield* soak(options)
    yield* present(options.json, summary, renderSummary(options.outDir))
    yield* endWith(exitCodeOf[summary.verdict])
  })
).pipe(
  Command.withDescription(
    "Measure the stream as a consumer, and judge it. Exit code 0: every check holds; 1: one does not; 130: ended early, no evidence"
  )
)
