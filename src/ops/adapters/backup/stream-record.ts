import { headers, type MsgHdrs } from "@nats-io/transport-node"
import { Schema } from "effect"

/** Headers of a restored message: which backup it is from, and what it was there. */
export const restoredHeaders = {
  backup: "Tickd-Backup",
  sequence: "Tickd-Backup-Sequence",
  time: "Tickd-Original-Time",
  id: "Tickd-Original-Msg-Id"
} as const

const messageId = "Nats-Msg-Id"

/**
 * One message of a stream, a line of JSON. `time`: when the server stored it. Exactly one of `text` and `base64` is
 * there; `base64` where the bytes are no UTF-8.
 */
const StreamRecord = Schema.Struct({
  seq: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  time: Schema.String,
  subject: Schema.String,
  headers: Schema.optionalKey(Schema.Record(Schema.String, Schema.Array(Schema.String))),
  text: Schema.optionalKey(Schema.String),
  base64: Schema.optionalKey(Schema.String)
})
export type StreamRecord = typeof StreamRecord.Type

export const readRecord = Schema.decodeUnknownOption(Schema.fromJsonString(StreamRecord))

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const textOf = (data: Uint8Array): string | undefined => {
  try {
    return utf8.decode(data)
  } catch {
    return undefined
  }
}

export const recordOf = (message: {
  readonly seq: number
  readonly timestamp: string
  readonly subject: string
  readonly headers: MsgHdrs | undefined
  readonly data: Uint8Array
}): StreamRecord => {
  const { data, seq, subject, timestamp: time } = message
  const names = message.headers?.keys() ?? []
  const text = textOf(data)
  return {
    seq,
    time,
    subject,
    ...(names.length > 0 && {
      headers: Object.fromEntries(names.map((name) => [name, message.headers?.values(name) ?? []]))
    }),
    ...(text === undefined ? { base64: Buffer.from(data).toString("base64") } : { text })
  }
}

export const dataOf = ({ base64, text = "" }: StreamRecord): Uint8Array =>
  base64 === undefined ? Buffer.from(text) : Buffer.from(base64, "base64")

/**
 * Headers of the message that is restored from a record. The server would take an original id for a repetition when two
 * messages of one id were stored far apart: the message gets an id of its own.
 */
export const headersOf = (record: StreamRecord, backup: string): MsgHdrs => {
  const own = headers()
  for (const [name, values] of Object.entries(record.headers ?? {})) {
    // What the server itself asks or says of a message belongs to its first storage.
    if (name.startsWith("Nats-") || name === restoredHeaders.backup || name === restoredHeaders.sequence) continue
    for (const value of values) own.append(name, value)
  }
  const [id] = record.headers?.[messageId] ?? []
  if (id !== undefined) own.set(restoredHeaders.id, id)
  if (!own.has(restoredHeaders.time)) own.set(restoredHeaders.time, record.time)
  own.set(restoredHeaders.backup, backup)
  own.set(restoredHeaders.sequence, String(record.seq))
  return own
}
