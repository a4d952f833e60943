import { JetStreamApiError, jetstream, jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Option, Result, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { errorText } from "../kernel/error-text.ts"
import { shanghaiIso } from "../kernel/time/shanghai-time.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import { integrityStream } from "../protocol/control/stream-names.ts"
import {
  type CertificateMessage,
  CertificateMessageJson,
  CertificatePartJson,
  type CertifiedInstrument,
  certificatePartSubject
} from "../protocol/market/certificate-message.ts"
import { DaemonClient } from "./daemon-client.ts"
import { present } from "./invocation.ts"
import { jsonFlag, serverFlag } from "./terminal/flags.ts"
import { clockOf, count, folded, type Paint, paintOf, timeOf } from "./terminal/layout.ts"
import type { Screen } from "./terminal/screen.ts"

interface CertificateQuery {
  /** yyyymmdd; none: the last trading day that has one. */
  readonly day: Option.Option<string>
  /** Read the parts too. */
  readonly instruments: boolean
}

/** A certificate, and its instruments when they were asked for and are still those of this certificate. */
interface Certificate {
  readonly total: CertificateMessage
  readonly instruments: ReadonlyArray<CertifiedInstrument>
}

const clock = (ms: number | null) => clockOf(ms === null ? null : shanghaiIso(ms))

const renderOne = ({ total }: Certificate, screen: Screen): string => {
  const paint: Paint = paintOf(screen)
  const verdict = total.complete ? paint.good("COMPLETE") : paint.bad("INCOMPLETE")
  const silence = `longest silence ${(total.longest_silence_ms / 1000).toFixed(1)} s${total.longest_silence_symbol === null ? "" : ` (${total.longest_silence_symbol})`}`
  const lines = [
    `${total.trading_day} ${total.session}  ${total.feed}  ${verdict}  issued ${timeOf(shanghaiIso(total.issued))} by ${total.instance}`,
    `  ticks    received ${count(total.received)} = published ${count(total.published)} + duplicate ${count(total.duplicate)} + quarantined ${count(total.quarantined)} + conflated ${count(total.conflated)} + dropped ${count(total.dropped)}`,
    `  market   ${count(total.instruments)} instruments, first tick ${clock(total.first)}, last ${clock(total.last)}, ${silence}`,
    ...total.incomplete_because.map((reason) => `  because  ${reason}`),
    ...total.gaps.map((gap) => {
      const ticks = gap.count === null ? "unknown number of" : count(gap.count)
      const cover = gap.covered_by === undefined ? "" : `, covered by ${gap.covered_by}`
      return `  gap      ${gap.cause} ${clock(gap.from)} to ${clock(gap.to)}  ${ticks} ticks${cover}`
    })
  ]
  return lines.map((line) => folded(line, screen, 11)).join("\n")
}

const decodeTotal = Schema.decodeUnknownResult(CertificateMessageJson)
const decodePart = Schema.decodeUnknownResult(CertificatePartJson)
const streamNotFound = 10059

const none = (what: string) =>
  new UserError({
    code: "NO_CERTIFICATE",
    exitCode: exitCodes.unavailable,
    message: `There is no certificate ${what}: one is issued at the end of each trading session, and when the daemon stops.`
  })

/** Subjects of certificates and how many each holds; undefined: no such stream. */
const subjectsOf = async (connection: NatsConnection, filter: string) => {
  const manager = await jetstreamManager(connection)
  try {
    const { state } = await manager.streams.info(integrityStream, { subjects_filter: filter })
    return state.subjects ?? {}
  } catch (cause) {
    if (cause instanceof JetStreamApiError && cause.code === streamNotFound) return undefined
    throw cause
  }
}

/** Every message of a subject, oldest first. Few: one a session and run. */
const readAll = async (connection: NatsConnection, subject: string, messages: number): Promise<Array<string>> => {
  const consumer = await jetstream(connection).consumers.get(integrityStream, { filter_subjects: subject })
  const texts: Array<string> = []
  for await (const message of await consumer.fetch({ max_messages: messages, expires: 5000 })) {
    texts.push(message.string())
    if (texts.length === messages) break
  }
  return texts
}

const readParts = async (
  connection: NatsConnection,
  subject: string,
  { feed, issued, instrument_parts: parts }: CertificateMessage
) => {
  const manager = await jetstreamManager(connection)
  const instruments: Array<CertifiedInstrument> = []
  for (let part = 1; part <= parts; part++) {
    const message = await manager.streams.getMessage(integrityStream, {
      last_by_subj: certificatePartSubject(subject, feed, part)
    })
    const decoded = message === null ? undefined : decodePart(message.string())
    // A later run of the same session wrote its own parts: those of this certificate are gone.
    if (decoded !== undefined && Result.isSuccess(decoded) && decoded.success.issued === issued) {
      instruments.push(...decoded.success.instruments)
    }
  }
  return instruments
}

const read = async (connection: NatsConnection, query: CertificateQuery): Promise<Array<Certificate> | undefined> => {
  const subjects = await subjectsOf(connection, `md.certificate.${Option.getOrElse(query.day, () => "*")}.*`)
  if (subjects === undefined) return undefined
  // The night stands before the day it belongs to.
  const names = Object.keys(subjects).sort((a, b) => a.localeCompare(b) * (a.slice(0, 24) === b.slice(0, 24) ? -1 : 1))
  const lastDay = names.at(-1)?.split(".")[2]
  const certificates: Array<Certificate> = []
  for (const name of names.filter((subject) => subject.split(".")[2] === lastDay)) {
    for (const text of await readAll(connection, name, subjects[name] ?? 0)) {
      const total = decodeTotal(text)
      if (Result.isFailure(total)) continue
      const instruments = query.instruments ? await readParts(connection, name, total.success) : []
      certificates.push({ total: total.success, instruments })
    }
  }
  return certificates
}

/** Reads the certificates of a trading day from their stream. */
const ask = Effect.fnUntraced(function* (query: CertificateQuery) {
  const connection = yield* (yield* DaemonClient).ticks
  const found = yield* Effect.tryPromise({
    try: () => read(connection, query),
    catch: (cause) =>
      new UserError({
        code: "CERTIFICATES_UNREADABLE",
        exitCode: exitCodes.unavailable,
        message: `The stream ${integrityStream} cannot be read (${errorText(cause)}): check the server and this user's permissions.`
      })
  })
  if (found === undefined || found.length === 0) {
    return yield* none(Option.isSome(query.day) ? `for ${query.day.value}` : "yet")
  }
  return found
})

/** `tickd certificate`: what each trading session brought, and whether all of it is in the stream. */
export const command = Command.make(
  "certificate",
  {
    day: Flag.String("day").pipe(
      Flag.withDescription("Trading day, yyyymmdd (default: the last one that has a certificate)"),
      Flag.filter(
        (text) => /^\d{8}$/.test(text),
        () => "a trading day such as 20261120"
      ),
      Flag.optional
    ),
    json: jsonFlag,
    server: serverFlag
  },
  ({ day, json }) =>
    Effect.gen(function* () {
      const certificates = yield* ask({ day, instruments: json })
      const records = certificates.map(({ instruments, total }) => ({ ...total, by_instrument: instruments }))
      yield* present(json, records, (_, screen) => certificates.map((one) => renderOne(one, screen)).join("\n"))
    })
).pipe(
  Command.provide(({ server }) => DaemonClient.layer({ server, instance: Option.none() })),
  Command.withDescription("Show the completeness certificates of a trading day: counts, gaps, and what is missing")
)
