import { Effect, Option, Result, Stream } from "effect"
import type { TickClientError } from "../client/client-error.ts"
import { storedMessages } from "../client/stored-stream.ts"
import { connectNats } from "../platform/nats/connect.ts"
import { type TailError, type TailedMessage, tailSubject } from "../platform/nats/tick-tail.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import { patternFault, patternsMeet } from "../protocol/control/subject-pattern.ts"
import { defaultTickSubject, makeTickSubjects, type TickSubjects } from "../protocol/market/subjects.ts"
import { readerConnection } from "./ask/status-query.ts"
import type { TailOptions } from "./tail.ts"
import { jsonOf, lineOf } from "./tail-text.ts"

/** Silence after which a user is told that waiting may be in vain, milliseconds. */
const quietMs = 5000

const nothingYet = (subject: string) =>
  `nothing on ${subject} for ${quietMs / 1000} s: the market may be closed, or nobody publishes there ('tickd status'); still waiting`

/** Why no tick can have such a subject although a server takes it, with one that works; undefined: a tick may. */
export const neverMatches = (pattern: string, ticks: TickSubjects): string | undefined => {
  const tokens = pattern.split(".")
  const isOfTicks = ticks.template.startsWith(tokens.slice(0, 2).join(".")) && tokens.length > 1
  if (patternsMeet(pattern, ticks.filter) || (!isOfTicks && tokens.length > 1)) return undefined
  const [first = ""] = tokens
  const better = tokens.length === 1 ? ticks.filterOf({ instrument: first }) : `${tokens.slice(0, 3).join(".")}.>`
  return `no tick has a subject like ${pattern}: they are ${ticks.template}; is '${better}' meant?`
}

/** `tickd tail`: prints live ticks until interrupted, or `--count` of them. Prints by the socket's chunk, not by the tick. */
export const runTail = (options: TailOptions): Effect.Effect<void, unknown> =>
  Effect.scoped(
    Effect.gen(function* () {
      const fault = patternFault(options.subject)
      if (fault !== undefined) {
        return yield* new UserError({
          code: "SUBJECT_INVALID",
          exitCode: exitCodes.wrongUse,
          message: `The subject ${JSON.stringify(options.subject)} cannot be read: ${fault}.`
        })
      }
      const ticks = makeTickSubjects(process.env["TICK_SUBJECT_TEMPLATE"] ?? defaultTickSubject)
      // A warning only: the template of the daemon may be another one than that of this environment.
      const doubt = Result.isSuccess(ticks) ? neverMatches(options.subject, ticks.success) : undefined
      if (doubt !== undefined) process.stderr.write(`[tickd] ${doubt}\n`)
      const connection = yield* Effect.acquireRelease(
        connectNats({ ...readerConnection(options.server, process.env), reconnect: false }),
        (open) => Effect.promise(() => open.close())
      )
      let left = Option.getOrElse(options.count, () => Number.POSITIVE_INFINITY)
      let silent = true
      yield* Effect.forkScoped(
        Effect.delay(
          Effect.sync(() => {
            if (silent) process.stderr.write(`[tickd] ${nothingYet(options.subject)}\n`)
          }),
          quietMs
        )
      )
      const passing = tailSubject(connection, options.subject, {
        onDropped: (count) =>
          void process.stderr.write(`[tickd] ${count} ticks not shown: they came faster than this terminal\n`)
      })
      const stored = storedMessages(connection, {
        stream: process.env["TICK_STREAM"] ?? "MD_TICKS",
        filters: [options.subject],
        start: { type: "snapshot" }
      })
      const messages: Stream.Stream<ReadonlyArray<TailedMessage>, TailError | TickClientError> = options.from === "live"
        ? passing
        : stored
      yield* messages.pipe(
        Stream.map((batch) => {
          const shown = batch.slice(0, left)
          left -= shown.length
          silent = false
          const texts = shown.map(({ subject, data }) => {
            return `${options.json ? jsonOf(subject, data) : lineOf(subject, data, Date.now())}\n`
          })
          process.stdout.write(texts.join(""))
          return left
        }),
        Stream.takeUntil((remaining) => remaining <= 0),
        Stream.runDrain
      )
    })
  )
