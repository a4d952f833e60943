import { JetStreamApiError, jetstream, jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { addStream } from "../../../platform/nats/add-stream.ts"
import type { StreamShape } from "../../../protocol/control/stream-shape.ts"
import { BackupError } from "../../domain/backup/backup-error.ts"
import type { BackupItem } from "../../domain/backup/manifest.ts"
import { linesOf } from "./line-file.ts"
import { dataOf, headersOf, readRecord, recordOf, restoredHeaders } from "./stream-record.ts"

type StreamPart = NonNullable<BackupItem["stream"]>

/** A stream as its server has it now. */
export interface LivingStream {
  readonly name: string
  readonly created: string
  readonly messages: number
  readonly first: number
  readonly last: number
}

const streamNotFound = 10059
const noMessage = 10037
/** A server that disappears meanwhile sends neither messages nor an error. */
const patienceMs = 10_000

const step = <A>(what: string, run: () => Promise<A>): Effect.Effect<A, BackupError> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) =>
      cause instanceof BackupError
        ? cause
        : new BackupError({
            code: "BACKUP_STREAM",
            message: `${what} failed (${errorText(cause)}): check NATS and the rights of this user, then run the command again.`
          })
  })

const find = async (connection: NatsConnection, name: string): Promise<LivingStream | undefined> => {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  try {
    const { created, state } = await manager.streams.info(name)
    return { name, created, messages: state.messages, first: state.first_seq, last: state.last_seq }
  } catch (cause) {
    if (cause instanceof JetStreamApiError && cause.code === streamNotFound) return undefined
    throw cause
  }
}

/** Undefined: the server has no such stream. */
export const livingStream = (connection: NatsConnection, name: string) =>
  step(`Reading stream ${name}`, () => find(connection, name))

/** Gives `line` each message up to the last one of now. */
export const exportStream = async (
  connection: NatsConnection,
  { created, last, messages, name }: LivingStream,
  line: (text: string) => void
): Promise<StreamPart> => {
  const part = { name, created, records: 0, first: 0, last: 0, missing: 0 }
  if (messages === 0) return part
  const consumer = await jetstream(connection).consumers.get(name)
  const read = await consumer.consume({ max_messages: 1000 })
  const watch = setTimeout(() => read.stop(new Error("the server sends no more")), patienceMs)
  try {
    for await (const message of read) {
      watch.refresh()
      const { seq } = message
      if (seq > last) break
      line(JSON.stringify(recordOf(message)))
      part.records++
      part.first = part.first === 0 ? seq : part.first
      part.last = seq
      if (seq === last || message.info.pending === 0) break
    }
  } finally {
    clearTimeout(watch)
    read.stop()
  }
  return { ...part, missing: part.records === 0 ? 0 : part.last - part.first + 1 - part.records }
}

/**
 * What a stream on the target is beside its records. `more`: messages that the backup does not have. `part`: a killed
 * restore of this backup ended behind the record `after`.
 */
export type StreamRelation =
  | { readonly kind: "absent" | "empty" | "same" | "other" }
  | { readonly kind: "ahead"; readonly more: number }
  | { readonly kind: "part"; readonly after: number }

const restoredSequence = async (connection: NatsConnection, stream: string, seq: number, backup: string) => {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  try {
    const message = await manager.streams.getMessage(stream, { seq })
    if (message === null || message.header?.get(restoredHeaders.backup) !== backup) return undefined
    return Number(message.header.get(restoredHeaders.sequence))
  } catch (cause) {
    if (cause instanceof JetStreamApiError && cause.code === noMessage) return undefined
    throw cause
  }
}

/**
 * A stream is the one of the backup when its server made it at the same moment. A restored stream begins with the
 * records of the backup, each with the name of the backup in a header.
 */
export const relateStream = (connection: NatsConnection, part: StreamPart, backup: string) =>
  step(`Reading stream ${part.name}`, async (): Promise<StreamRelation> => {
    const living = await find(connection, part.name)
    if (living === undefined) return { kind: "absent" }
    if (living.created === part.created) {
      const more = living.last - part.last
      if (more > 0) return { kind: "ahead", more }
      return { kind: more === 0 || part.records === 0 ? "same" : "other" }
    }
    if (living.last === 0) return { kind: part.records === 0 ? "same" : "empty" }
    if (part.records === 0) return { kind: "ahead", more: living.messages }
    // A restore stores record n as message n.
    const end = await restoredSequence(connection, part.name, Math.min(part.records, living.last), backup)
    if (end === undefined) return { kind: "other" }
    if (living.last < part.records) return { kind: "part", after: end }
    if (end !== part.last) return { kind: "other" }
    return living.last === part.records ? { kind: "same" } : { kind: "ahead", more: living.last - part.records }
  })

/**
 * Stores the records of a file behind `after` in a stream, which is created when it is not there. Each one is stored
 * only directly behind the one before it: another writer ends the restore.
 */
export const importStream = (
  connection: NatsConnection,
  file: string,
  options: { readonly shape: StreamShape; readonly backup: string; readonly after: number }
) =>
  step(`Restoring stream ${options.shape.name}`, async () => {
    const { after, backup, shape } = options
    const js = jetstream(connection)
    const manager = await jetstreamManager(connection, { checkAPI: false })
    if ((await find(connection, shape.name)) === undefined) await addStream(manager, shape)
    let last = 0
    let stored = 0
    for (const text of linesOf(file)) {
      const record = readRecord(text)
      if (record._tag === "None") throw new Error(`a line of ${file} is no record`)
      last++
      if (record.value.seq <= after) continue
      await js.publish(record.value.subject, dataOf(record.value), {
        headers: headersOf(record.value, backup),
        msgID: `tickd-backup/${backup}/${shape.name}/${record.value.seq}`,
        expect: { streamName: shape.name, lastSequence: last - 1 }
      })
      stored++
    }
    return stored
  })
