/** What one consumer of the tick stream is behind, messages. */
export interface ConsumerBacklog {
  readonly consumer: string
  readonly messages: number
  /** Delivered more than once and not acknowledged yet. */
  readonly redelivered: number
}

/**
 * Backlog of every durable consumer of the tick stream. May be called often: the broker is queried at most once in 15
 * s, and only while the link is up. Empty when the broker does not answer; never fails.
 */
export interface ConsumerBacklogs {
  readonly read: () => Promise<ReadonlyArray<ConsumerBacklog>>
}
