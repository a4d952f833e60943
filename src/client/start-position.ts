import { AckPolicy, type ConsumerConfig, DeliverPolicy } from "@nats-io/jetstream"
import { nanos } from "@nats-io/transport-node"

/** Start of reading. `snapshot`: the newest message of each subject first, then everything that follows. */
export type StartPosition =
  | { readonly type: "live" }
  | { readonly type: "snapshot" }
  | { readonly type: "time"; readonly epochMs: number }
  /** Messages stored within this time before reading began, by the server's clock, because this host's may differ. */
  | { readonly type: "recent"; readonly ageMs: number }
  | { readonly type: "sequence"; readonly sequence: number }

/** The server removes the consumer of a vanished reader after this time. */
const inactiveMs = 60_000

/**
 * The server-side consumer that continues behind `cursor`, the last stream sequence that was read; 0: none was. The
 * library's own ordered consumer returns to the beginning of the stream when it is lost before its first message;
 * this one requests its start position again.
 */
export const consumerConfig = (
  name: string,
  filters: ReadonlyArray<string>,
  start: Exclude<StartPosition, { readonly type: "recent" }>,
  cursor: number
): Partial<ConsumerConfig> => ({
  name,
  ack_policy: AckPolicy.None,
  mem_storage: true,
  num_replicas: 1,
  inactive_threshold: nanos(inactiveMs),
  ...(filters.length === 1 ? { filter_subject: filters[0] as string } : { filter_subjects: [...filters] }),
  ...deliverFrom(start, cursor)
})

const deliverFrom = (start: Parameters<typeof consumerConfig>[2], cursor: number): Partial<ConsumerConfig> => {
  if (start.type === "snapshot") return { deliver_policy: DeliverPolicy.LastPerSubject }
  if (start.type === "time" && cursor === 0)
    return { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(start.epochMs).toISOString() }
  return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: cursor + 1 }
}
