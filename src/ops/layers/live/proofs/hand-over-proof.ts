import { Clock, Effect, Result, Schema } from "effect"
import { OrderedReader } from "../../../../client/ordered-reader.ts"
import { tickIdentity } from "../../../../platform/nats/nats-settings.ts"
import { integrityStream } from "../../../../protocol/control/stream-names.ts"
import { type GapMessage, GapMessageJson, gapSubjects } from "../../../../protocol/market/gap-message.ts"
import type { StatusMessage } from "../../../../protocol/market/status.ts"
import { openTicks } from "../../../adapters/nats/daemon-connection.ts"
import type { DaemonControl } from "../../../ports/daemon-control.ts"
import { held, type Look, type ProofTools, unmet } from "./proof-wait.ts"
import { lookReady } from "./ready-proof.ts"

const decode = Schema.decodeUnknownResult(GapMessageJson)
/** The records of a restart are among those that were stored since this long ago. Milliseconds. */
const recentMs = 300_000
/** Longest wait for one more record of the stream. */
const quietMs = 500

/** Records of `MD_INTEGRITY` of the last minutes, as far as they arrive without a pause. */
const recentGaps = ({ settings }: ProofTools) =>
  Effect.gen(function* () {
    const connection = yield* openTicks(settings)
    const { inboxPrefix } = tickIdentity(settings.variables)
    const reader = yield* Effect.acquireRelease(
      Effect.sync(
        () =>
          new OrderedReader({
            connection,
            stream: integrityStream,
            filters: [gapSubjects],
            ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
            start: { type: "recent", ageMs: recentMs }
          })
      ),
      (opened) => Effect.sync(() => opened.close())
    )
    const gaps: Array<GapMessage> = []
    const decoder = new TextDecoder()
    for (;;) {
      const items = yield* Effect.timeoutOption(reader.buffer.take, quietMs)
      if (items._tag === "None") return gaps
      for (const item of items.value) {
        if (item.type !== "message") continue
        const read = decode(decoder.decode(item.data))
        if (Result.isSuccess(read)) gaps.push(read.success)
        if (item.pending === 0) return gaps
      }
    }
  }).pipe(Effect.scoped)

/**
 * How long the stream had no daemon, of the record that the new one has stored: from the last tick of the run before
 * to its own first. In a closed market no tick was missed. Undefined: not stored yet.
 */
export const restartGapMs = (
  status: Pick<StatusMessage, "failover" | "sessions" | "uptime_ms">,
  gaps: ReadonlyArray<GapMessage>,
  nowMs: number
): number | undefined => {
  const active = status.failover?.active ?? status.sessions[0]?.feed
  const startedMs = nowMs - status.uptime_ms
  const record = gaps.findLast(
    ({ cause, feed, state, to }) =>
      cause === "daemon_down" && feed === active && state === "closed" && to !== null && to >= startedMs
  )
  if (record?.to != null) return Math.max(0, Math.round(record.to - record.from))
  const session = status.sessions.find(({ feed }) => feed === active)
  return session?.state === "resting" ? 0 : undefined
}

/** The new daemon is ready, and the gap of the restart is stored. */
export const lookHandedOver = (tools: ProofTools, daemon: (typeof DaemonControl)["Service"]): Effect.Effect<Look> =>
  Effect.gen(function* () {
    const ready = yield* lookReady(tools)
    if (!ready.holds) return ready
    const status = yield* daemon.status
    const gaps = yield* recentGaps(tools)
    const gapMs = restartGapMs(status, gaps, yield* Clock.currentTimeMillis)
    return gapMs === undefined
      ? unmet(
          "tickd",
          "The new daemon is ready, and the gap record of the restart is not stored yet: see 'tickd status'"
        )
      : held({ gapMs })
  }).pipe(Effect.catch(({ message }) => Effect.succeed(unmet("tickd", message))))
