/** How far one reader of the tick stream is behind, messages. */
export interface ConsumerBacklog {
  readonly consumer: string
  readonly messages: number
}

/**
 * Backlog of every durable reader of the tick stream. May be asked as often as one likes: the broker is asked at most
 * once in 15 s, and only while the link is up. Empty when the broker cannot say; never fails.
 */
export interface ConsumerBacklogs {
  readonly read: () => Promise<ReadonlyArray<ConsumerBacklog>>
}
