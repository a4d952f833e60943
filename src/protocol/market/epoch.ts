import { Schema } from "effect"
import { epochBucketName } from "../control/stream-names.ts"

export const epochSubject = (stream: string): string => `$KV.${epochBucketName}.${stream}`

/**
 * Who writes a stream. Identity: `run`, one life of one daemon; `epoch` grows with each change of the writer.
 * Shape: `since` (taken) and `renewed` (last sign of life) are epoch milliseconds of the writer's own clock, for people:
 * whether a writer lives is told by the record changing, never by comparing clocks. `released`: it stopped and wrote all.
 * `spool`: the spool folder it overflows to, absent without one; `home`: the state folder in which its lives are kept, absent
 * where the disk keeps none; `row`: the first epoch since which only lives of this daemon have held the stream, absent in
 * records of former versions. `instance` is a name for people and decides nothing.
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

/** Undefined: this is no record of this stream. Whoever may create consumers can have other messages copied into the bucket. */
export const readEpochRecord = (text: string, stream: string): EpochRecord | undefined => {
  const record = decode(text)
  return record._tag === "Some" && record.value.stream === stream ? record.value : undefined
}
