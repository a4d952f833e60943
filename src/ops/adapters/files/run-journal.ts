import { renameSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer, Schema } from "effect"
import { cureOf, systemCodeOf } from "../../../kernel/system-fault.ts"
import { operatorName } from "../../../platform/process/operator-name.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { type StageName, stageNames } from "../../domain/plan.ts"
import {
  feeds,
  profiles,
  type RunbookCommand,
  rotatedFeeds,
  runbookCommands,
  type Window,
  windows
} from "../../domain/runbook-words.ts"
import { type FoundRun, RunJournal, RunJournalError } from "../../ports/run-journal.ts"
import { readReserved, reserveFile, writeReserved } from "./reserved-file.ts"

const feed = Schema.Literals(feeds)
const text = Schema.optional(Schema.String)

/** The file, version 1. A field that is undefined is left out. */
const Journal = Schema.Struct({
  version: Schema.Literal(1),
  id: Schema.String,
  who: Schema.String,
  pid: Schema.Int,
  request: Schema.Struct({
    command: Schema.Literals(Object.keys(runbookCommands) as ReadonlyArray<RunbookCommand>),
    window: Schema.Literals(Object.keys(windows) as ReadonlyArray<Window>),
    profile: Schema.Literals(profiles),
    config: feed,
    feed: Schema.optional(Schema.Literals(rotatedFeeds)),
    to: Schema.optional(Schema.Int),
    logDir: Schema.String,
    envFile: text,
    skipLive: Schema.Boolean,
    mock: Schema.Boolean,
    debug: Schema.Boolean,
    force: Schema.Boolean,
    reason: text
  }),
  beganMs: Schema.Number,
  before: Schema.optional(
    Schema.Struct({ nats: text, tickd: text, monitoring: text, console: text, activeFeed: Schema.optional(feed) })
  ),
  stage: Schema.optional(Schema.Literals(stageNames as ReadonlyArray<StageName>)),
  touched: Schema.Boolean,
  settled: Schema.Boolean,
  record: Schema.optional(Schema.Struct({ atMs: Schema.Number, exitCode: Schema.Int }))
})
const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Journal))

/** Every field is there, so that one that is missing in the file is undefined. */
const foundOf = ({
  before,
  beganMs,
  id,
  pid,
  record,
  request,
  settled,
  stage,
  touched,
  who
}: typeof Journal.Type): FoundRun => ({
  id,
  who,
  pid,
  beganMs,
  settled,
  touched,
  request: { ...request, envFile: request.envFile, reason: request.reason },
  before:
    before === undefined
      ? undefined
      : {
          nats: before.nats,
          tickd: before.tickd,
          monitoring: before.monitoring,
          console: before.console,
          activeFeed: before.activeFeed
        },
  stage,
  record
})

/**
 * `journal.json` of the run folder: allocated when there is room, overwritten in place by one write, and blank between
 * two runs, so that a full disk does not prevent a failover from being noted.
 */
export const runJournalFile = ({ runDir }: LiveSettings): Layer.Layer<RunJournal> =>
  Layer.sync(RunJournal, () => {
    const path = join(runDir, "journal.json")
    const failure = (cause: unknown) =>
      new RunJournalError({
        message: `${path} cannot be written (${systemCodeOf(cause)}): ${cureOf(cause, "let this user write it, or set TICKD_RUN_DIR")}; a kill of this run would not be found`
      })
    const write = (value: string) =>
      Effect.try({
        try: () => {
          reserveFile(path)
          writeReserved(path, value)
        },
        catch: failure
      })
    const find = (): FoundRun | undefined => {
      const written = readReserved(path)
      return written === "" ? undefined : foundOf(decode(written))
    }
    const unreadable = () => {
      const aside = join(runDir, "journal.unreadable.json")
      try {
        renameSync(path, aside)
      } catch {
        // The next note replaces it.
      }
      return new RunJournalError({
        message: `${path} is not a journal, it is now ${aside}: compare what runs with 'tickd live status'`
      })
    }
    return {
      find: Effect.try({ try: find, catch: unreadable }),
      note: (note) => write(JSON.stringify({ version: 1, who: operatorName(), pid: process.pid, ...note })),
      clear: write("")
    }
  })
