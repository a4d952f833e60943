import { jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { OrderedReader } from "../../../../client/ordered-reader.ts"
import { readTick } from "../../../../client/read-any-tick.ts"
import { resolveSelection } from "../../../../client/tick-selection.ts"
import { attempt } from "../../../../platform/nats/jetstream-trouble.ts"
import { tickIdentity } from "../../../../platform/nats/nats-settings.ts"
import type { LiveSettings } from "../../../domain/live-settings.ts"
import type { StreamMark } from "../../../ports/daemon-control.ts"

/** Time at which a message was stored, by the clock of the server. */
const storedMs = (connection: NatsConnection, stream: string, sequence: number) =>
  attempt(`Reading message ${sequence} of ${stream}`, async () => {
    const manager = await jetstreamManager(connection, { checkAPI: false })
    const message = await manager.streams.getMessage(stream, { seq: sequence })
    return message === null ? undefined : message.time.getTime()
  })

/**
 * Reads the stream behind a mark until the first tick of a feed is stored, and returns how long after the mark that
 * was, in milliseconds. Undefined: the ticks have a form that names no feed to this reader (pickle). It waits for as
 * long as no such tick is stored.
 */
export const firstTickAfter = (
  connection: NatsConnection,
  { variables }: LiveSettings,
  { feed, mark }: { readonly mark: StreamMark; readonly feed: string }
) =>
  Effect.gen(function* () {
    const subjectTemplate = variables["TICK_SUBJECT_TEMPLATE"]
    const { inboxPrefix } = tickIdentity(variables)
    const { filters } = yield* resolveSelection({
      stream: mark.stream,
      ...(subjectTemplate === undefined || subjectTemplate === "" ? {} : { subjectTemplate })
    })
    const reader = yield* Effect.acquireRelease(
      Effect.sync(
        () =>
          new OrderedReader({
            connection,
            stream: mark.stream,
            filters,
            ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
            start: { type: "sequence", sequence: mark.sequence + 1 }
          })
      ),
      (opened) => Effect.sync(() => opened.close())
    )
    for (;;) {
      for (const item of yield* reader.buffer.take) {
        if (item.type !== "message") continue
        const read = readTick(item.data)
        if (!("tick" in read)) return undefined
        if (read.tick.feed !== feed) continue
        const atMs = yield* storedMs(connection, mark.stream, item.sequence)
        return atMs === undefined ? undefined : Math.max(0, atMs - mark.atMs)
      }
    }
  }).pipe(Effect.scoped)
