import { Effect, Option, Result, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import type { TickClientError } from "../client/client-error.ts"
import { readTick } from "../client/read-any-tick.ts"
import { storedMessages } from "../client/stored-stream.ts"
import { shanghaiIso } from "../kernel/time/shanghai-time.ts"
import { type TailError, type TailedMessage, tailSubject } from "../platform/nats/tick-tail.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import { patternFault, patternsMeet } from "../protocol/control/subject-pattern.ts"
import { defaultTickSubject, makeTickSubjects, type TickSubjects } from "../protocol/market/subjects.ts"
import { formatOf } from "../protocol/market/tick/tick-format.ts"
import type { TickMessage } from "../protocol/market/tick/tick-schema.ts"
import { DaemonClient } from "./daemon-client.ts"
import { Invocation, untilStopped } from "./invocation.ts"
import { jsonFlag, serverFlag, shownDefault, subjectArgument, wholeFlag } from "./terminal/flags.ts"

interface TailOptions {
  readonly subject: string
  readonly count: Option.Option<number>
  readonly from: "live" | "snapshot"
  readonly json: boolean
}

/** Silence after which a reason is printed, milliseconds. */
const quietMs = 5000

const nothingYet = (subject: string) =>
  `nothing on ${subject} for ${quietMs / 1000} s: the market may be closed, or no daemon publishes there ('tickd status'); still waiting`

const side = (price: number | undefined, volume: number | undefined) =>
  price === undefined ? "-" : `${price}x${volume ?? 0}`

/** One tick on one line: exchange time in Shanghai, instrument, last price, best bid and ask, volume, age. */
const renderTick = (tick: TickMessage, nowMs: number): string => {
  const last = tick.last_price === undefined ? "-" : String(tick.last_price)
  const age = Math.max(0, nowMs - tick.recv_ts)
  return [
    shanghaiIso(tick.ts).slice(11, 23),
    `${tick.symbol}.${tick.exchange}`.padEnd(12),
    last.padStart(8),
    `${side(tick.bid_price_1, tick.bid_volume_1)}/${side(tick.ask_price_1, tick.ask_volume_1)}`.padEnd(19),
    `vol ${tick.volume}`.padEnd(11),
    `${age.toFixed(1)} ms`
  ].join("  ")
}

const decoder = new TextDecoder()

/** One message as JSON on one line: as it is when it is text, and what it says when it is binary. */
export const jsonOf = (subject: string, data: Uint8Array): string => {
  const format = formatOf(data)
  if (format === "json" || format === undefined) return decoder.decode(data)
  const read = readTick(data)
  return JSON.stringify("tick" in read ? read.tick : { subject, format, bytes: data.length, unread: read.reason })
}

/** One message for people. What is no tick is shown as it is, since tail is for looking at what is there. */
export const lineOf = (subject: string, data: Uint8Array, nowMs: number): string => {
  const read = readTick(data)
  if ("tick" in read) return renderTick(read.tick, nowMs)
  const format = formatOf(data)
  const binary = format !== "json" && format !== undefined
  return `${subject} ${binary ? `(${data.length} bytes: ${read.reason})` : decoder.decode(data)}`
}

/** Why no tick can have such a subject although a server takes it, with one that works; undefined: a tick may. */
export const neverMatches = (pattern: string, ticks: TickSubjects): string | undefined => {
  const tokens = pattern.split(".")
  const isOfTicks = ticks.template.startsWith(tokens.slice(0, 2).join(".")) && tokens.length > 1
  if (patternsMeet(pattern, ticks.filter) || (!isOfTicks && tokens.length > 1)) return undefined
  const [first = ""] = tokens
  const better = tokens.length === 1 ? ticks.filterOf({ instrument: first }) : `${tokens.slice(0, 3).join(".")}.>`
  return `no tick has a subject like ${pattern}: they are ${ticks.template}; is '${better}' meant?`
}

const warn = (text: string) => void process.stderr.write(`[tickd] ${text}\n`)

/** Prints ticks until `--count` of them or a stop: by the chunk of the socket, not by the tick. */
const tail = Effect.fnUntraced(function* (options: TailOptions) {
  const fault = patternFault(options.subject)
  if (fault !== undefined) {
    return yield* new UserError({
      code: "SUBJECT_INVALID",
      exitCode: exitCodes.wrongUse,
      message: `The subject ${JSON.stringify(options.subject)} cannot be read: ${fault}.`
    })
  }
  const { env } = yield* Invocation
  const ticks = makeTickSubjects(env["TICK_SUBJECT_TEMPLATE"] ?? defaultTickSubject)
  // A warning only: the template of the daemon may be another one than that of this environment.
  const doubt = Result.isSuccess(ticks) ? neverMatches(options.subject, ticks.success) : undefined
  if (doubt !== undefined) warn(doubt)
  const connection = yield* (yield* DaemonClient).ticks
  let left = Option.getOrElse(options.count, () => Number.POSITIVE_INFINITY)
  let silent = true
  yield* Effect.forkScoped(
    Effect.delay(
      Effect.sync(() => {
        if (silent) warn(nothingYet(options.subject))
      }),
      quietMs
    )
  )
  const passing = tailSubject(connection, options.subject, {
    onDropped: (count) => warn(`${count} ticks not shown: they came faster than this terminal`)
  })
  const stored = storedMessages(connection, {
    stream: env["TICK_STREAM"] ?? "MD_TICKS",
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
      const texts = shown.map(({ data, subject }) => {
        return `${options.json ? jsonOf(subject, data) : lineOf(subject, data, Date.now())}\n`
      })
      process.stdout.write(texts.join(""))
      return left
    }),
    Stream.takeUntil((remaining) => remaining <= 0),
    Stream.runDrain
  )
}, Effect.scoped)

/** `tickd tail`: live ticks. */
export const command = Command.make(
  "tail",
  {
    subject: subjectArgument,
    server: serverFlag,
    count: wholeFlag("count", 1, 1_000_000_000).pipe(Flag.withDescription("End after this many ticks"), Flag.optional),
    from: Flag.Literals("from", ["live", "snapshot"]).pipe(
      shownDefault("live: what passes; snapshot: the newest stored tick of each instrument first", "live" as const)
    ),
    json: jsonFlag.pipe(Flag.withDescription("Print the messages as JSON, one per line"))
  },
  (options) => untilStopped(tail(options))
).pipe(
  Command.provide(({ server }) => DaemonClient.layer({ server, instance: Option.none() })),
  Command.withDescription("Show live ticks. Times are of the exchange, +08:00; ends with Ctrl-C")
)
