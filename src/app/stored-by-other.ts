import { Clock, Effect } from "effect"
import type { IsSuperseded } from "../adapters/jetstream/acked-publisher.ts"
import type { Link, StoredMessage } from "../adapters/jetstream/link.ts"
import type { LinkError } from "../adapters/jetstream/publish-errors.ts"
import { type ReadTick, readTick } from "../adapters/serial/read-tick.ts"
import type { InstrumentDirectory } from "../domain/instrument-directory.ts"
import type { TickSubjects } from "../protocol/subjects.ts"
import type { TickMessage } from "../protocol/tick-schema.ts"

/** Subjects whose newest message is asked for at once. */
const readsAtOnce = 64
/** Ticks received so long after the look are newer than all that another writer can have stored before it. */
const settledMs = 2000

/** What two daemons write differently about one tick of the exchange. */
const ownKeys: ReadonlySet<string> = new Set(["feed", "seq", "recv_ts", "flags", "last_volume", "action_day"])

const contentOf = (tick: TickMessage): string =>
  JSON.stringify(tick, (key, value: unknown) => (ownKeys.has(key) ? undefined : value))

const encoder = new TextEncoder()
const read = (payload: string | Uint8Array): TickMessage | undefined => {
  const tick: ReadTick = readTick(typeof payload === "string" ? encoder.encode(payload) : payload)
  return "tick" in tick ? tick.tick : undefined
}

/** The newest tick that a subject has, and when it came. */
interface Newest {
  readonly tick: TickMessage | undefined
  readonly content: string
  readonly storedMs: number
}

const newestOf = (message: StoredMessage): Newest => {
  const tick = read(message.data)
  return { tick, content: tick === undefined ? "" : contentOf(tick), storedMs: message.storedMs ?? 0 }
}

/** By the exchange's order of the contract. Of one time and volume only the same content is known to be the same tick. */
const isBehind = (tick: TickMessage, newest: TickMessage, content: string): boolean => {
  if (tick.ts !== newest.ts) return tick.ts < newest.ts
  if (tick.volume !== newest.volume) return tick.volume < newest.volume
  return contentOf(tick) === content
}

/**
 * What another writer stored while this daemon was fenced, one look at the newest tick of each contract: a tick of this
 * daemon that is not behind it is sent, and each other one is stored already or has been overtaken. Of a format that is
 * not read here (pickle) the times of receiving and of storing decide.
 */
export const makeLookBack = (options: {
  readonly directory: InstrumentDirectory
  readonly subjects: Pick<TickSubjects, "subjectOf">
}) =>
  Effect.fnUntraced(function* (link: Link): Effect.fn.Return<IsSuperseded, LinkError> {
    const { directory, subjects } = options
    const untilMs = (yield* Clock.currentTimeMillis) + settledMs
    const known = Array.from({ length: directory.size }, (_, index) => directory.at(index)).flatMap((one) => one ?? [])
    const newest = new Map<string, Newest>()
    yield* Effect.forEach(
      known.map(subjects.subjectOf),
      (subject) =>
        Effect.map(link.lastOf(subject), (message) => {
          if (message !== undefined) newest.set(subject, newestOf(message))
        }),
      { concurrency: readsAtOnce, discard: true }
    )
    return (subject, payload, receivedMs) => {
      if (receivedMs > untilMs) return undefined
      const last = newest.get(subject)
      if (last === undefined) return false
      const tick = read(payload)
      if (tick === undefined || last.tick === undefined) return receivedMs <= last.storedMs
      return isBehind(tick, last.tick, last.content)
    }
  })
