import { Clock, Effect } from "effect"
import { readTick } from "../../../client/read-any-tick.ts"
import type { ReadTick } from "../../../client/read-stored-tick.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import type { TickSubjects } from "../../../protocol/market/subjects.ts"
import type { TickMessage } from "../../../protocol/market/tick/tick-schema.ts"
import type { IsSuperseded } from "../../adapters/jetstream/acked-publisher.ts"
import type { Link, StoredMessage } from "../../adapters/jetstream/link.ts"
import type { LinkError } from "../../adapters/jetstream/publish-errors.ts"

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

/** The newest tick that a subject has, when it was stored, and how far this daemon's own ticks have come beside it. */
interface Newest {
  readonly tick: TickMessage | undefined
  readonly content: string
  readonly storedMs: number
  /** A tick that is behind it was handed over; and it itself, or one ahead of it. */
  passedBehind: boolean
  reached: boolean
}

const newestOf = (message: StoredMessage): Newest => {
  const tick = read(message.data)
  const content = tick === undefined ? "" : contentOf(tick)
  return { tick, content, storedMs: message.storedMs ?? 0, passedBehind: false, reached: false }
}

/**
 * Whether a tick is stored already, or has been overtaken. By the exchange's order of the contract; of one time and
 * volume (CZCE sends several in a second) by the order in which they came: those in front of the newest one's twin are
 * behind it. Without a message in front of them that decides, they are sent: twice at the worst, and not lost.
 */
const isBehind = (tick: TickMessage, newest: TickMessage, beside: Newest): boolean => {
  const order = Math.sign(tick.ts - newest.ts) || Math.sign(tick.volume - newest.volume)
  if (order < 0) beside.passedBehind = true
  if (order > 0) beside.reached = true
  if (order !== 0) return order < 0
  if (beside.reached) return false
  beside.reached = contentOf(tick) === beside.content
  return beside.reached || beside.passedBehind
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
      return isBehind(tick, last.tick, last)
    }
  })
