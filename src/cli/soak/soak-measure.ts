import { LatencyHistogram } from "../../kernel/latency-histogram.ts"
import type { TickMessage } from "../../protocol/market/tick/tick-fields.ts"
import { LatencyReservoir } from "./latency-reservoir.ts"

/** One window of a run. `endMs`: epoch milliseconds of this host. Latencies in milliseconds, null without a tick. */
export interface SoakWindow {
  readonly index: number
  readonly endMs: number
  readonly seconds: number
  readonly messages: number
  readonly mps: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly maxMs: number | null
}

type MeasuredTick = Pick<TickMessage, "exchange" | "symbol" | "feed" | "recv_ts">

interface Subject {
  messages: number
  feed: string
  recvTs: number
}

/**
 * What a consumer counts during a run: ticks by window, exchange and subject, latencies, and the order of each
 * subject's ticks. A latency is the time at which this host read the tick, less `recv_ts`, the time of the vendor's
 * callback by the clock of the daemon's host. A negative one is counted and taken as 0.
 */
export class SoakMeasure {
  readonly latency = new LatencyHistogram()
  readonly windows: Array<SoakWindow> = []
  readonly perExchange = new Map<string, number>()
  readonly beganMs: number
  readonly reservoir: LatencyReservoir
  messages = 0
  minLatencyMs = Number.POSITIVE_INFINITY
  /** Ticks whose latency was below -1 ms, more than the clock's resolution: the two clocks differ. */
  negativeLatencies = 0
  /** Ticks that were received before an earlier tick of the same subject and feed. */
  outOfOrder = 0
  private readonly subjects = new Map<string, Subject>()
  private readonly windowLatency = new LatencyHistogram()
  private windowMessages = 0
  private windowBeganMs: number

  constructor(options: { readonly beganMs: number; readonly sampleSize: number; readonly seed: number }) {
    this.beganMs = options.beganMs
    this.windowBeganMs = options.beganMs
    this.reservoir = new LatencyReservoir(options.sampleSize, options.seed)
  }

  get uniqueSubjects(): number {
    return this.subjects.size
  }

  /** `readMs`: epoch milliseconds of this host when the tick was read. */
  record(subject: string, tick: MeasuredTick, readMs: number): void {
    this.messages++
    this.windowMessages++
    this.perExchange.set(tick.exchange, (this.perExchange.get(tick.exchange) ?? 0) + 1)
    const seen = this.subjects.get(subject)
    if (seen === undefined) this.subjects.set(subject, { messages: 1, feed: tick.feed, recvTs: tick.recv_ts })
    else {
      if (seen.feed === tick.feed && tick.recv_ts < seen.recvTs) this.outOfOrder++
      seen.messages++
      seen.feed = tick.feed
      seen.recvTs = tick.recv_ts
    }
    const latencyMs = readMs - tick.recv_ts
    if (latencyMs < -1) this.negativeLatencies++
    const taken = Math.max(0, latencyMs)
    if (taken < this.minLatencyMs) this.minLatencyMs = taken
    this.latency.record(taken)
    this.windowLatency.record(taken)
    this.reservoir.record(taken)
  }

  /** Ends the present window at `endMs` and begins the next one. Its rate is that of its real length. */
  closeWindow(endMs: number): SoakWindow {
    const seconds = Math.max(0.001, (endMs - this.windowBeganMs) / 1000)
    const window: SoakWindow = {
      index: this.windows.length + 1,
      endMs,
      seconds,
      messages: this.windowMessages,
      mps: this.windowMessages / seconds,
      p50Ms: this.windowLatency.quantile(0.5) ?? null,
      p99Ms: this.windowLatency.quantile(0.99) ?? null,
      maxMs: this.windowMessages === 0 ? null : this.windowLatency.maxMs
    }
    this.windows.push(window)
    this.windowLatency.clear()
    this.windowMessages = 0
    this.windowBeganMs = endMs
    return window
  }

  /** The subjects with the most ticks first; equal ones by name. */
  topSubjects(most: number): ReadonlyArray<readonly [subject: string, messages: number]> {
    return [...this.subjects]
      .map(([subject, { messages }]) => [subject, messages] as const)
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, most)
  }
}
