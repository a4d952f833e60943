import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo
} from "@nats-io/jetstream"
import { Effect } from "effect"
import { contentTypes, metadataKeys, tickSchemaVersion } from "../../protocol/tick-format.ts"
import { LinkError, textOf } from "./publish-errors.ts"

/** What the stream of ticks must be. */
export interface TickStreamOptions {
  readonly name?: string
  readonly subjects?: ReadonlyArray<string>
  readonly maxAgeMs?: number
  readonly replicas?: number
  /** Unset: unlimited. */
  readonly maxBytes?: number
  /** What a full stream does: lose its oldest message, or refuse the new one (then the publisher waits and retains). */
  readonly discard?: "old" | "new"
  /** Form of the messages, told to consumers in the stream's metadata. Unset: nothing is told and nothing compared. */
  readonly contentType?: string
}

/** End of a stream at one moment. `created` tells a stream from one that was made anew under the same name. */
export interface StreamTail {
  readonly created: string
  readonly lastSeq: number
  readonly messages: number
}

const fiveDaysMs = 5 * 24 * 3600 * 1000

/** The wanted configuration, in the server's terms. Durations are nanoseconds there. */
export const wantedConfig = (options: TickStreamOptions) => ({
  name: options.name ?? "MD_TICKS",
  subjects: [...(options.subjects ?? ["md.tick.>"])],
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: options.discard === "new" ? DiscardPolicy.New : DiscardPolicy.Old,
  max_age: (options.maxAgeMs ?? fiveDaysMs) * 1e6,
  num_replicas: options.replicas ?? 1,
  max_bytes: options.maxBytes ?? -1,
  allow_direct: true,
  ...(options.contentType !== undefined && {
    metadata: { [metadataKeys.contentType]: options.contentType, [metadataKeys.schema]: tickSchemaVersion }
  })
})

/** What a stream without a mark holds: tickd marked none while it had no other form. */
const unmarked: Readonly<Record<string, string>> = {
  [metadataKeys.contentType]: contentTypes.json,
  [metadataKeys.schema]: "1"
}

/** Differences in the form of the messages: two forms in one stream would leave its consumers guessing. */
export const formDifferences = (
  found: Partial<StreamConfig>,
  wanted: ReturnType<typeof wantedConfig>
): ReadonlyArray<string> =>
  Object.entries(wanted.metadata ?? {}).flatMap(([key, wants]) => {
    const marked = found.metadata?.[key]
    const has = marked ?? unmarked[key]
    const mark = marked === undefined ? "not marked, which means " : ""
    return has === wants ? [] : [`${key} is ${mark}${has} instead of ${wants}`]
  })

/**
 * Differences that would break the line: ticks stored elsewhere or nowhere, acknowledged without being safe, or never
 * acknowledged. Limits (age, bytes, replicas) are the operator's to change and are no difference.
 */
export const breakingDifferences = (
  found: Partial<StreamConfig>,
  wanted: ReturnType<typeof wantedConfig>
): ReadonlyArray<string> => {
  const differences: Array<string> = []
  const compare = (name: string, has: unknown, wants: unknown) => {
    if (has !== wants) differences.push(`${name} is ${String(has)} instead of ${String(wants)}`)
  }
  const list = (subjects: ReadonlyArray<string> | undefined) => [...(subjects ?? [])].sort().join(" ")
  compare("subjects", list(found.subjects), list(wanted.subjects))
  compare("storage", found.storage, wanted.storage)
  compare("retention", found.retention, wanted.retention)
  compare("discard", found.discard, wanted.discard)
  if (found.no_ack === true) differences.push("no_ack is on")
  if (found.sealed === true) differences.push("it is sealed")
  return differences
}

export const tailOf = (info: StreamInfo): StreamTail => ({
  created: String(info.created),
  lastSeq: info.state.last_seq,
  messages: info.state.messages
})

const streamNotFound = 10059
const nameTaken = 10058
const subjectsTaken = 10065
const noCluster = 10074
const notEnabled: ReadonlySet<number> = new Set([10039, 10076])

/** Turns a failure of the JetStream API into a `LinkError` with a stable code and the fix. `what` names the step. */
export const apiError = (cause: unknown, what: string): LinkError => {
  const code = cause instanceof JetStreamApiError ? cause.code : 0
  if (notEnabled.has(code) || (cause instanceof Error && cause.name === "JetStreamNotEnabled")) {
    return new LinkError({
      code: "JETSTREAM_DISABLED",
      retryable: false,
      message:
        "This NATS server has no JetStream, so ticks cannot be stored: start it with JetStream on (-js, or a jetstream block in its configuration)."
    })
  }
  if (code === noCluster) {
    return new LinkError({
      code: "STREAM_REPLICAS_IMPOSSIBLE",
      retryable: false,
      message: `${what}: a single server keeps one copy (${textOf(cause)}): set TICK_STREAM_REPLICAS=1, or the URLs of a cluster of three.`
    })
  }
  if (code === subjectsTaken) {
    return new LinkError({
      code: "STREAM_SUBJECTS_TAKEN",
      retryable: false,
      message: `${what}: another stream already stores these subjects (${textOf(cause)}): delete that stream, or choose other subjects.`
    })
  }
  return new LinkError({ code: "JETSTREAM_API", retryable: true, message: `${what}: ${textOf(cause)}.` })
}

const attempt = <A>(what: string, run: () => Promise<A>): Effect.Effect<A, LinkError> =>
  Effect.tryPromise({ try: run, catch: (cause) => apiError(cause, what) })

/**
 * The stream, declared when missing and compared when present; never changed.
 * Fails with `LinkError`: `JETSTREAM_DISABLED`, `STREAM_MISMATCH`, `STREAM_SUBJECTS_TAKEN`, or `JETSTREAM_API` (retryable).
 */
export const declareTickStream = Effect.fnUntraced(function* (
  manager: JetStreamManager,
  options: TickStreamOptions
): Effect.fn.Return<StreamTail, LinkError> {
  const wanted = wantedConfig(options)
  const read = Effect.tryPromise({
    try: async () => {
      try {
        return await manager.streams.info(wanted.name)
      } catch (cause) {
        if (cause instanceof JetStreamApiError && cause.code === streamNotFound) return undefined
        throw cause
      }
    },
    catch: (cause) => apiError(cause, `Reading stream ${wanted.name}`)
  })
  const add = attempt(`Creating stream ${wanted.name}`, async () => {
    try {
      return await manager.streams.add(wanted)
    } catch (cause) {
      // somebody else created it between the two calls: it is compared like any other
      if (cause instanceof JetStreamApiError && cause.code === nameTaken) return await manager.streams.info(wanted.name)
      throw cause
    }
  })
  const info = (yield* read) ?? (yield* add)
  const differences = breakingDifferences(info.config, wanted)
  if (differences.length > 0) {
    return yield* new LinkError({
      code: "STREAM_MISMATCH",
      retryable: false,
      message: `Stream ${wanted.name} is not what tickd needs (${differences.join("; ")}): change it with the nats tool, or name another stream.`
    })
  }
  const forms = formDifferences(info.config, wanted)
  if (forms.length > 0) {
    return yield* new LinkError({
      code: "STREAM_MISMATCH",
      retryable: false,
      message: `Stream ${wanted.name} holds ticks of another form (${forms.join("; ")}): set TICK_SERIALIZER to what it holds, delete the stream to begin anew, or set TICK_STREAM and TICK_SUBJECT_TEMPLATE to a new one.`
    })
  }
  return tailOf(info)
})
