import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { storedMessages } from "../../src/market/layers/publish/stored-messages.ts"
import { runChild } from "./bench-child.ts"
import { startBenchServer } from "./bench-server.ts"
import type { BareReport, BareRun, LineReport, LineRun, Sample } from "./child-messages.ts"
import { storedSample } from "./stored-sample.ts"
import type { BenchFormat } from "./suite.ts"

export interface RunContext {
  /** Path of nats-server. */
  readonly binary: string
  readonly profileDir: string | undefined
  readonly format: BenchFormat
  /** Path of a bundled daemon under measurement; omit for the sources. */
  readonly program?: string
}

export interface LedgerRun extends LineReport {
  /** Received, and neither in the stream nor a duplicate nor quarantined. */
  readonly lost: number
}

export const instruments = 1000
const window = 2048
/** Neighbouring ticks: one of each instrument, levels and lengths mixed as the line mixes them. */
const sampleMessages = 1000

type Shape = Pick<
  LineRun,
  "rate" | "ticks" | "burst" | "warmUpTicks" | "settleMs" | "rssEveryMs" | "fronts" | "httpPort"
>

/** A run that takes four times the expected time is stuck. A slow machine manages 15,000 ticks a second. */
const deadlineOf = ({ rate, ticks, settleMs }: Shape): number =>
  60_000 + settleMs + (4000 * ticks) / Math.min(15_000, rate || 15_000)

/** The whole line once: new server, new daemon, new worker. `sampled` also reads some stored messages. */
export const runLine = (context: RunContext, shape: Shape, sampled: boolean) =>
  Effect.scoped(
    Effect.gen(function* () {
      const server = yield* startBenchServer(context.binary)
      const argument: LineRun = {
        ...shape,
        instruments,
        format: context.format,
        natsUrl: server.url,
        natsPid: server.pid,
        stateDir: server.stateDir
      }
      const report = yield* runChild<LineReport>({
        program: context.program ?? "line-child.ts",
        argument,
        stateDir: server.stateDir,
        profileDir: context.profileDir,
        deadlineMs: deadlineOf(shape)
      })
      const stored = yield* storedMessages({ url: server.url, name: "bench account" }, "MD_TICKS")
      const { received, duplicate, quarantined, balanced } = report.ledger
      if (!balanced) yield* Effect.fail(new Error(`the ledger does not balance: ${JSON.stringify(report.ledger)}`))
      const run: LedgerRun = { ...report, lost: received - stored - duplicate - quarantined }
      return { run, sample: sampled ? yield* storedSample(server.url, sampleMessages) : undefined }
    })
  )

/** The bare loop once, on a new server. */
export const runBare = (
  context: RunContext,
  sample: Sample,
  run: Pick<BareRun, "messages" | "warmUpMessages" | "group">
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const server = yield* startBenchServer(context.binary)
      const sampleFile = join(server.stateDir, "sample.json")
      writeFileSync(sampleFile, JSON.stringify(sample))
      const argument: BareRun = { ...run, natsUrl: server.url, sampleFile, window }
      return yield* runChild<BareReport>({
        program: "bare-child.ts",
        argument,
        stateDir: server.stateDir,
        profileDir: undefined,
        deadlineMs: 90_000
      })
    })
  )
