import { differencesOf, type FoundStream, type StreamDifference, type StreamShape } from "../control/stream-shape.ts"

/**
 * How a declared stream stands. `refused`: it differs and cannot be made right here; `reason` says why and what to do.
 * `hidden`: this user cannot see it, and could not if it were there.
 */
export type StreamState = "same" | "differs" | "missing" | "hidden" | "created" | "changed" | "refused"

/** One stream or bucket that tickd declares, compared with what the server has. */
export interface StreamReport {
  readonly stream: string
  /** Whose connection declares it: that of the ticks or that of the control plane. */
  readonly plane: "ticks" | "ops"
  readonly kind: "stream" | "bucket"
  readonly state: StreamState
  readonly messages: number
  /** As they were found, before anything was changed. */
  readonly differences: ReadonlyArray<StreamDifference>
  readonly reason: string | null
}

/** Answer of `tickd streams check` and `tickd streams reconcile`. */
export interface StreamsReply {
  readonly streams: ReadonlyArray<StreamReport>
  /** Everything is as declared, now. */
  readonly ok: boolean
}

export const isRight = ({ state }: StreamReport): boolean =>
  state === "same" || state === "created" || state === "changed"

export const replyOf = (streams: ReadonlyArray<StreamReport>): StreamsReply => ({
  streams,
  ok: streams.every(isRight)
})

/** Why a stream cannot be brought to its shape in place; undefined when it can. */
export const obstacleTo = (found: FoundStream, wanted: StreamShape): string | undefined => {
  const fixed = differencesOf(found, wanted).filter((difference) => difference.fixed)
  const [first] = fixed
  if (first === undefined) return undefined
  const forms = fixed.filter(({ field }) => field.startsWith("tickd."))
  if (forms.length === fixed.length) {
    return `Stream ${wanted.name} holds messages of another form, which nothing changes: set TICK_SERIALIZER to what it holds, or name a new stream with TICK_STREAM and TICK_SUBJECT_TEMPLATE.`
  }
  const names = fixed.map(({ field }) => field).join(", ")
  return `No server changes ${names} of a stream in place: copy what is needed out of ${wanted.name}, delete it (the next start declares it anew), or name another stream.`
}
