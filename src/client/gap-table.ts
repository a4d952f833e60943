import { Result, Schema } from "effect"
import { type GapMessage, GapMessageJson } from "../protocol/market/gap-message.ts"
import type { SequenceNotice } from "./feed-sequences.ts"
import type { TickNotice } from "./notice.ts"

const decode = Schema.decodeUnknownResult(GapMessageJson)
const decoder = new TextDecoder()

/**
 * Records that are kept to explain holes found later. The open and the closed record have one id: the later one
 * stays.
 */
const keptRecords = 1000

/** The daemon's gap records by id, so that a hole in a feed's numbers is reported with its cause. */
export class GapTable {
  private readonly records = new Map<string, GapMessage>()

  /** Reads one message of `md.gap.>`; undefined when it is not of this version. */
  add(data: Uint8Array): GapMessage | undefined {
    const read = decode(decoder.decode(data))
    if (Result.isFailure(read)) return undefined
    const record = read.success
    this.records.delete(record.id)
    this.records.set(record.id, record)
    if (this.records.size > keptRecords) this.records.delete(this.records.keys().next().value as string)
    return record
  }

  /** Records that include one of these numbers. */
  about(feed: string, from: number, to: number): ReadonlyArray<GapMessage> {
    const found: Array<GapMessage> = []
    for (const record of this.records.values()) {
      if (record.feed !== feed || record.seqs === null) continue
      const [first, last] = record.seqs
      if (first <= to && last >= from) found.push(record)
    }
    return found
  }

  /** A gap with its records. A new run counts from 1 again, so records of the previous run are about other ticks. */
  explain(notice: SequenceNotice): TickNotice {
    if (notice.type === "gap") return { ...notice, records: this.about(notice.feed, notice.from, notice.to) }
    if (notice.type === "newRun")
      for (const record of this.records.values())
        if (record.feed === notice.feed && record.from <= notice.lastRecvTs) this.records.delete(record.id)
    return notice
  }
}
