import { differencesOf, type FoundStream, type StreamDifference, type StreamShape } from "../control/stream-shape.ts"

/**
 * State of a declared stream. `refused`: it differs and cannot be corrected in place; `reason` gives the cause and
 * the fix. `hidden`: this user cannot see it, whether it exists or not.
 */
export type StreamState = "same" | "differs" | "missing" | "hidden" | "created" | "changed" | "refused"

/** One declared stream or bucket, compared with the server's. */
export interface StreamReport {
  readonly stream: string
  /** The connection that declares it: of the ticks or of the control plane. */
  readonly plane: "ticks" | "ops"
  readonly kind: "stream" | "bucket"
  readonly state: StreamState
  readonly messages: number
  /** As they were found, before any change. */
  readonly differences: ReadonlyArray<StreamDifference>
  readonly reason: string | null
}

/** Answer of `tickd streams check` and `tickd streams reconcile`. */
export interface StreamsReply {
  readonly streams: ReadonlyArray<StreamReport>
  /** Everything is as declared now. */
  readonly ok: boolean
}

export const isRight = ({ state }: StreamReport): boolean =>
  state === "same" || state === "created" || state === "changed"

export const replyOf = (streams: ReadonlyArray<StreamReport>): StreamsReply => ({
  streams,
  ok: streams.every(isRight)
})

/** Why a stream cannot be changed to its shape in place; undefined when it can. */
export const obstacleTo = (found: FoundStream, wanted: StreamShape): string | undefined => {
  const fixed = differencesOf(found, wanted).filter((difference) => difference.fixed)
  const [first] = fixed
  if (first === undefined) return undefined
  const forms = fixed.filter(({ field }) => field.startsWith("tickd."))
  if (forms.length === fixed.length) {
    return `Stream ${wanted.name} holds messages of another form, which cannot be changed: set TICK_SERIALIZER to what it holds, or name a new stream with TICK_STREAM and TICK_SUBJECT_TEMPLATE.`
  }
  const names = fixed.map(({ field }) => field).join(", ")
  return `No server changes ${names} of a stream in place: copy what you need out of ${wanted.name}, delete it (the next start creates it again), or name another stream.`
}
