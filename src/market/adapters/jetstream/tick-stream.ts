import { JetStreamApiError, type JetStreamManager, type StreamInfo } from "@nats-io/jetstream"
import { Effect } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import {
  creationOf,
  differencesOf,
  differenceText,
  type StreamDifference,
  type StreamShape
} from "../../../protocol/control/stream-shape.ts"
import { LinkError, withFix } from "./publish-errors.ts"

/** End of a stream at one moment. `created` distinguishes a stream from a new one with the same name. */
export interface StreamTail {
  readonly created: string
  readonly lastSeq: number
  readonly messages: number
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
const noRoomForBound = 10047
const outOfResources: ReadonlySet<number> = new Set([10002, 10023, 10028, 10047])
const notEnabled: ReadonlySet<number> = new Set([10039, 10076])

/** Converts a failure of the JetStream API to a `LinkError` with a stable code and the fix. `what` names the step. */
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
      message: `${what}: a single server keeps one copy (${errorText(cause)}): set TICK_STREAM_REPLICAS=1, or the URLs of a cluster of three.`
    })
  }
  if (code === subjectsTaken) {
    return new LinkError({
      code: "STREAM_SUBJECTS_TAKEN",
      retryable: false,
      message: `${what}: another stream already stores these subjects (${errorText(cause)}): delete that stream, or choose other subjects.`
    })
  }
  if (outOfResources.has(code)) {
    const reported = "RESOURCES_EXCEEDED"
    return new LinkError({
      code: reported,
      retryable: true,
      message: `${what}: ${withFix(reported, errorText(cause))}.`
    })
  }
  return new LinkError({ code: "JETSTREAM_API", retryable: true, message: `${what}: ${errorText(cause)}.` })
}

const attempt = <A>(what: string, run: () => Promise<A>): Effect.Effect<A, LinkError> =>
  Effect.tryPromise({ try: run, catch: (cause) => apiError(cause, what) })

/** Fields that must match: everything that was declared, or only what would break the line. */
export type DeclareMode = "all" | "breaking"

const mismatch = (name: string, differences: ReadonlyArray<StreamDifference>): LinkError => {
  const forms = differences.filter(({ field }) => field.startsWith("tickd."))
  const fixed = differences.filter((difference) => difference.fixed && !forms.includes(difference))
  const text =
    forms.length > 0 && fixed.length === 0
      ? `Stream ${name} holds ticks of another form (${differenceText(differences)}): set TICK_SERIALIZER to what it holds, delete the stream to begin anew, or set TICK_STREAM and TICK_SUBJECT_TEMPLATE to a new one.`
      : fixed.length === 0
        ? `Stream ${name} is not what tickd is configured for (${differenceText(differences)}): change the configuration to match, or the stream with 'tickd streams reconcile'.`
        : `Stream ${name} is not what tickd needs (${differenceText(differences)}), and ${[...fixed, ...forms].map(({ field }) => field).join(", ")} cannot be changed in place: see 'tickd streams check', then name another stream, or delete it once its ticks are no longer needed.`
  return new LinkError({ code: "STREAM_MISMATCH", retryable: false, message: text })
}

/** A stream other than the ticks' is used with the limits that it has. */
const acceptedText = (name: string, differences: ReadonlyArray<StreamDifference>): string =>
  `Stream ${name} is not what tickd declares (${differenceText(differences)}): it is used as it is; change it with 'tickd streams reconcile'.`

/** The configuration and state of a stream; undefined: none has this name. */
export const readStream = (manager: JetStreamManager, name: string): Effect.Effect<StreamInfo | undefined, LinkError> =>
  attempt(`Reading stream ${name}`, async () => {
    try {
      return await manager.streams.info(name)
    } catch (cause) {
      if (cause instanceof JetStreamApiError && cause.code === streamNotFound) return undefined
      throw cause
    }
  })

/** Creates a stream. A default limit that does not fit into a small store is left out. */
export const addStream = async (manager: JetStreamManager, shape: StreamShape): Promise<StreamInfo> => {
  try {
    return await manager.streams.add(creationOf(shape))
  } catch (cause) {
    if (!(cause instanceof JetStreamApiError) || cause.code !== noRoomForBound || shape.max_bytes > 0) throw cause
    return await manager.streams.add({ ...creationOf(shape), max_bytes: -1 })
  }
}

/**
 * Declares the stream when it is missing and compares it when it exists; never changes it. Limits and copies must
 * match at the start only: an operator may change them under a running daemon.
 * Fails with `LinkError`: `JETSTREAM_DISABLED`, `STREAM_MISMATCH`, `STREAM_SUBJECTS_TAKEN`, `RESOURCES_EXCEEDED` or
 * `JETSTREAM_API` (both retryable).
 */
export const declareStream = Effect.fnUntraced(function* (
  manager: JetStreamManager,
  wanted: StreamShape,
  mode: DeclareMode,
  onAccepted: (message: string) => void = () => undefined
): Effect.fn.Return<StreamTail, LinkError> {
  const add = attempt(`Creating stream ${wanted.name}`, async () => {
    try {
      return await addStream(manager, wanted)
    } catch (cause) {
      // created by another program between the two calls: it is compared like any other
      if (cause instanceof JetStreamApiError && cause.code === nameTaken) return await manager.streams.info(wanted.name)
      throw cause
    }
  })
  const info = (yield* readStream(manager, wanted.name)) ?? (yield* add)
  const all = differencesOf(info.config, wanted)
  // A default limit applies to new streams only. A stream of an older tickd has none, and is no less safe.
  const isDefault = ({ field }: StreamDifference) => field === "max_bytes" && wanted.max_bytes <= 0
  const differences = all.filter((difference) => difference.breaks || (mode === "all" && !isDefault(difference)))
  if (differences.length > 0) return yield* mismatch(wanted.name, differences)
  if (all.length > 0) onAccepted(acceptedText(wanted.name, all))
  return tailOf(info)
})
