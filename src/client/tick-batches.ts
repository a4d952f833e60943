import type { TickMessage } from "../protocol/market/tick/tick-fields.ts"
import { FeedSequences } from "./feed-sequences.ts"
import { GapTable } from "./gap-table.ts"
import type { TickNotice } from "./notice.ts"
import type { StoredMessage } from "./ordered-reader.ts"
import type { TickDecoder } from "./read-stored-tick.ts"
import type { TickBatch } from "./tick-batch.ts"

/** Converts messages to ticks and notices: decodes, follows the feeds' numbers, measures the lag. */
export class TickBatches {
  readonly gaps = new GapTable()
  private readonly sequences = new FeedSequences()
  private readonly decode: TickDecoder
  private readonly whole: boolean
  private readonly keeps: ((subject: string) => boolean) | undefined
  private readonly nowMs: () => number
  private lastSequence = 0
  private pending = 0

  constructor(options: {
    readonly decode: TickDecoder
    readonly whole: boolean
    /** Selects the wanted messages. Omit for all. */
    readonly keeps?: ((subject: string) => boolean) | undefined
    readonly nowMs: () => number
  }) {
    this.decode = options.decode
    this.whole = options.whole
    this.keeps = options.keeps
    this.nowMs = options.nowMs
  }

  batch(items: ReadonlyArray<StoredMessage | TickNotice>): TickBatch {
    const ticks: Array<TickMessage> = []
    const notices: Array<TickNotice> = []
    let snapshotTicks = 0
    let wrong: { subject: string; sequence: number; reason: string; count: number } | undefined
    for (const item of items) {
      if (item.type !== "message") {
        if (item.type === "streamReset") this.sequences.forget()
        notices.push(item)
        continue
      }
      this.lastSequence = item.sequence
      this.pending = item.pending
      if (this.keeps?.(item.subject) === false) continue
      const read = this.decode(item.data)
      if (!("tick" in read)) {
        wrong ??= { subject: item.subject, sequence: item.sequence, reason: read.reason, count: 0 }
        wrong.count++
        continue
      }
      ticks.push(read.tick)
      if (item.snapshot) snapshotTicks++
      if (this.whole) this.follow(read.tick, item.snapshot, notices)
    }
    if (wrong !== undefined) notices.push({ type: "notATick", ...wrong })
    if (this.whole) notices.push(...this.sequences.takeRepeats())
    const newest = ticks.at(-1)
    return {
      ticks,
      snapshotTicks,
      notices,
      lastSequence: this.lastSequence,
      lag: { pending: this.pending, receiveMs: newest === undefined ? undefined : this.nowMs() - newest.recv_ts }
    }
  }

  private follow(tick: TickMessage, snapshot: boolean, notices: Array<TickNotice>): void {
    if (snapshot) return this.sequences.anchor(tick.feed, tick.seq, tick.recv_ts)
    const reported = this.sequences.observe(tick.feed, tick.seq, tick.recv_ts)
    if (reported !== undefined) for (const notice of reported) notices.push(this.gaps.explain(notice))
  }
}
