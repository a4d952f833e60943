import { snapshotMaxAgeMs } from "../control/state.ts"
import {
  epochBucketName,
  eventStreamName,
  integrityStream,
  quarantineStream,
  stateBucketName
} from "../control/stream-names.ts"
import { bucketStream, type StreamShape } from "../control/stream-shape.ts"
import { certificateSubjects } from "./certificate-message.ts"
import { eventMaxAgeMs, eventSubjects } from "./event.ts"
import { gapSubjects } from "./gap-message.ts"
import { quarantineSubjects } from "./quarantine-message.ts"
import type { TickSubjects } from "./subjects.ts"
import { contentTypes, metadataKeys, type TickFormat, tickSchemaVersion } from "./tick/tick-format.ts"

// Every stream and bucket that tickd declares: the daemon, `tickd streams` and its page use this list.

/** Options of a stream; the rest is the same for all of them. */
export interface StreamOptions {
  readonly name?: string
  readonly subjects?: ReadonlyArray<string>
  /** 0: forever. Omit for five days. */
  readonly maxAgeMs?: number
  readonly replicas?: number
  /** Omit for the default of `stream-bytes.ts` at creation, and no check later. */
  readonly maxBytes?: number | undefined
  readonly maxPerSubject?: number
  /**
   * Policy of a full stream: drop its oldest message, or refuse the new one (then the publisher waits and retains
   * it).
   */
  readonly discard?: "old" | "new"
  /** Form of the messages, shown to consumers in the stream's metadata. Omit: not shown and not compared. */
  readonly contentType?: string
}

const dayMs = 24 * 3_600_000

/** The declared configuration, in the server's terms. */
export const streamShape = (options: StreamOptions): StreamShape => ({
  name: options.name ?? "MD_TICKS",
  subjects: [...(options.subjects ?? ["md.tick.>"])],
  storage: "file",
  retention: "limits",
  discard: options.discard ?? "old",
  max_age: (options.maxAgeMs ?? 5 * dayMs) * 1e6,
  num_replicas: options.replicas ?? 1,
  max_bytes: options.maxBytes ?? -1,
  max_msgs: -1,
  max_msgs_per_subject: options.maxPerSubject ?? -1,
  allow_direct: true,
  ...(options.contentType !== undefined && {
    metadata: { [metadataKeys.contentType]: options.contentType, [metadataKeys.schema]: tickSchemaVersion }
  })
})

/** Few and small, and needed when a back-test looks wrong a year later. */
const integrityDays = 400
/** A faulty machine must not displace the history of the others. */
const eventsPerSubjectMax = 200_000

export const quarantineOptions = {
  name: quarantineStream,
  subjects: [quarantineSubjects],
  maxAgeMs: 5 * dayMs
} satisfies StreamOptions

export const integrityOptions = {
  name: integrityStream,
  subjects: [gapSubjects, certificateSubjects],
  maxAgeMs: integrityDays * dayMs
} satisfies StreamOptions

export const eventOptions = {
  name: eventStreamName,
  subjects: [eventSubjects],
  maxAgeMs: eventMaxAgeMs,
  maxPerSubject: eventsPerSubjectMax
} satisfies StreamOptions

export interface DeclaredBucket {
  readonly bucket: string
  readonly shape: StreamShape
}

/** `maxAgeMs` 0: forever. */
const bucketOf = (bucket: string, replicas: number, maxAgeMs: number): DeclaredBucket => ({
  bucket,
  shape: streamShape({
    name: bucketStream(bucket),
    subjects: [`$KV.${bucket}.>`],
    maxAgeMs,
    maxPerSubject: 1,
    discard: "new",
    replicas
  })
})

export const epochBucket = (replicas: number): DeclaredBucket => bucketOf(epochBucketName, replicas, 0)
export const stateBucket = (replicas: number): DeclaredBucket => bucketOf(stateBucketName, replicas, snapshotMaxAgeMs)

/**
 * Subjects of the stream: the template's literal head and all behind it, so that a longer template needs no new
 * stream.
 */
const capturedSubject = (subjects: TickSubjects): string => {
  const tokens = subjects.template.split(".")
  const placeholder = tokens.findIndex((token) => token.startsWith("{"))
  const literal = tokens.slice(0, Math.max(0, placeholder))
  return literal.length === 0 ? subjects.filter : [...literal, ">"].join(".")
}

/** The settings that determine the streams. */
export interface StreamSettings {
  readonly stream: string
  readonly replicas?: number | undefined
  readonly serializer: TickFormat
  readonly maxAgeHours: number
  readonly maxBytes?: number | undefined
}

export const tickOptions = (settings: StreamSettings, subjects: TickSubjects): StreamOptions => ({
  name: settings.stream,
  subjects: [capturedSubject(subjects)],
  contentType: contentTypes[settings.serializer],
  maxAgeMs: settings.maxAgeHours * 3_600_000,
  maxBytes: settings.maxBytes,
  replicas: settings.replicas ?? 1
})

/** `plane`: the connection that declares it (docs/operations/nats-security.md). */
export interface DeclaredStream {
  readonly plane: "ticks" | "ops"
  readonly kind: "stream" | "bucket"
  readonly shape: StreamShape
}

/** All of them, in the sequence in which a daemon needs them. */
export const declaredStreams = (settings: StreamSettings, subjects: TickSubjects): ReadonlyArray<DeclaredStream> => {
  const replicas = settings.replicas ?? 1
  const stream = (plane: "ticks" | "ops", options: StreamOptions): DeclaredStream => ({
    plane,
    kind: "stream",
    shape: streamShape({ ...options, replicas })
  })
  return [
    { plane: "ticks", kind: "bucket", shape: epochBucket(replicas).shape },
    stream("ticks", tickOptions(settings, subjects)),
    stream("ticks", quarantineOptions),
    stream("ticks", integrityOptions),
    stream("ops", eventOptions),
    { plane: "ops", kind: "bucket", shape: stateBucket(replicas).shape }
  ]
}
