import { Schema } from "effect"
import { epochBucketName } from "../control/stream-names.ts"

export const epochSubject = (stream: string): string => `$KV.${epochBucketName}.${stream}`

/**
 * The writer of a stream. Identity: `run`, one run of one daemon; `epoch` grows with each change of the writer.
 * Shape: `since` (taken) and `renewed` (last renewal) are epoch milliseconds of the writer's own clock, for people: a
 * changing record shows that a writer is running, clocks are never compared. `released`: it stopped and stored
 * everything. `spool`: its spool folder, absent without one; `home`: the state folder of its runs, absent when the
 * disk keeps none; `row`: the first epoch since which only runs of this daemon have held the stream, absent in
 * records of older versions. `instance` is a name for people and decides nothing.
 */
export const EpochRecord = Schema.Struct({
  version: Schema.Literal(1),
  stream: Schema.String,
  epoch: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  run: Schema.String,
  instance: Schema.String,
  host: Schema.String,
  pid: Schema.Int,
  since: Schema.Int,
  renewed: Schema.Int,
  released: Schema.Boolean,
  spool: Schema.optionalKey(Schema.String),
  home: Schema.optionalKey(Schema.String),
  row: Schema.optionalKey(Schema.Int)
})
export type EpochRecord = typeof EpochRecord.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(EpochRecord))

/** Undefined: not a record of this stream. Users who may create consumers can copy other messages into the bucket. */
export const readEpochRecord = (text: string, stream: string): EpochRecord | undefined => {
  const record = decode(text)
  return record._tag === "Some" && record.value.stream === stream ? record.value : undefined
}
