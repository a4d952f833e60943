import { ItemBuffer } from "../../../../kernel/item-buffer.ts"
import type { VenueUpdate } from "../../../ports/venue.ts"

/** By which way updates come. Both bring the same events, and the book takes each once. */
export type UpdateSource = "websocket" | "sse"

/** Some events may be on their way; so many are not. */
const missedMax = 3

/** What the reader of updates gets, bounded. It listens while one source does: that one brings every event. */
export class UpdateOutbox {
  readonly items = new ItemBuffer<VenueUpdate, never>()
  /** Events that the other source brought since this one brought its last. */
  private readonly missed = { websocket: { count: 0, sinceMs: 0 }, sse: { count: 0, sinceMs: 0 } }
  private readonly up = new Set<UpdateSource>()
  private isListening = false
  private lastCause = ""
  private readonly max: number

  constructor(max: number) {
    this.max = max
  }

  get isFull(): boolean {
    return this.items.length >= this.max
  }

  order(source: UpdateSource, update: VenueUpdate, nowMs: number): void {
    this.items.push(update)
    const other = this.missed[source === "sse" ? "websocket" : "sse"]
    if (other.count++ === 0) other.sinceMs = nowMs
    this.missed[source].count = 0
  }

  /** Why a source that is connected counts as mute: the other one goes on bringing events. */
  muteCause(source: UpdateSource, nowMs: number, silenceMs: number): string | undefined {
    const { count, sinceMs } = this.missed[source]
    if (!this.up.has(source) || count < missedMax || nowMs - sinceMs < silenceMs) return undefined
    return `it is mute: ${count} events came by the other way`
  }

  listening(source: UpdateSource): void {
    this.up.add(source)
    this.begin()
  }

  lost(source: UpdateSource, cause: string): void {
    this.up.delete(source)
    this.missed[source].count = 0
    if (this.up.size === 0) this.end(cause)
  }

  /** An event of this source is lost for good, which the other one may have missed too: a recovery must follow. */
  gap(source: UpdateSource, cause: string): void {
    this.up.delete(source)
    this.end(cause)
    if (this.up.size > 0) this.begin()
  }

  private begin(): void {
    if (this.isListening) return
    this.isListening = true
    this.lastCause = ""
    this.items.push({ type: "listening" })
  }

  /** The same cause again, without a connection between, is not news. */
  private end(cause: string): void {
    if (!this.isListening && cause === this.lastCause) return
    this.isListening = false
    this.lastCause = cause
    this.items.push({ type: "lost", cause })
  }
}
