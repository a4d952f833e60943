import { Effect, Queue } from "effect"
import { SubscribeRate } from "../../domain/feed/subscribe-rate.ts"
import type { MarketFront } from "../../ports/market-front.ts"
import type { RateHits } from "./rate-hits.ts"
import { BatchesUnderWay, RowQueue } from "./subscription-queue.ts"
import type { SubscriptionTable } from "./subscription-table.ts"

export interface SubscribeLimits {
  /** Instruments that are requested from the front within any second. */
  readonly perSecond: number
  /** Globs; instruments that match an earlier one are requested first. */
  readonly priority: ReadonlyArray<string>
  /** Time without an answer after which a batch counts as lost, milliseconds. */
  readonly answerMs: number
}

/** Instruments that one request may name. Source: FAQ of SubscribeMarketData in the API documentation 6.7.8. */
const requestMax = 1000
/** After this many lost batches an instrument is left to the session's own, rarer repairs. */
const attemptsMax = 3
/** Pause after the library held a request back (-2, -3), milliseconds. */
const heldMs = 1000

/** Sends the rows of a table to the front, within its limits and at the rate of its answers. */
export class SubscribePacer {
  /** The session is logged in: requests reach the front. */
  open = false
  private readonly table: SubscriptionTable
  private readonly hits: RateHits
  private readonly rate: SubscribeRate
  private readonly answerMs: number
  private readonly nowMs: () => number
  private readonly monotonicMs: () => number
  private readonly toSubscribe = new RowQueue()
  private readonly toUnsubscribe = new RowQueue()
  private readonly underWay = new BatchesUnderWay()
  private readonly lost = new Map<number, number>()
  private wake: () => void = () => undefined

  constructor(options: {
    readonly table: SubscriptionTable
    readonly hits: RateHits
    readonly limits: SubscribeLimits
    /** Epoch milliseconds, for what an operator sees. */
    readonly nowMs: () => number
    /** For rates and time limits: no batch is overdue because the wall clock was set. */
    readonly monotonicMs: () => number
  }) {
    this.table = options.table
    this.hits = options.hits
    this.rate = new SubscribeRate(options.limits.perSecond)
    this.answerMs = options.limits.answerMs
    this.nowMs = options.nowMs
    this.monotonicMs = options.monotonicMs
  }

  perSecond(): number {
    return this.rate.perSecond()
  }

  isSettled(): boolean {
    return this.toSubscribe.size === 0 && this.toUnsubscribe.size === 0 && this.underWay.size === 0
  }

  /** Adds a row behind all waiting ones. */
  enqueue(row: number): void {
    if (this.table.isQueued(row)) return
    this.table.setQueued(row, true)
    this.toSubscribe.push(row)
    this.wake()
  }

  /** Puts rows in front of all waiting ones. */
  enqueueFirst(rows: ReadonlyArray<number>): void {
    for (const row of rows) this.table.setQueued(row, true)
    this.toSubscribe.putFirst(rows)
    this.wake()
  }

  leave(row: number): void {
    this.underWay.settle(row)
    this.toUnsubscribe.push(row)
    this.wake()
  }

  /** The front answered; `agreed`: with success. */
  answered(row: number, agreed: boolean): void {
    if (agreed) this.lost.delete(row)
    if (this.underWay.settle(row)) this.rate.recover()
  }

  /** Discards all waiting and sent requests. */
  clear(): void {
    for (let row = this.toSubscribe.shift(); row !== undefined; row = this.toSubscribe.shift()) {
      this.table.setQueued(row, false)
    }
    this.toUnsubscribe.clear()
    this.underWay.clear()
    this.lost.clear()
  }

  /** The link broke. Open requests may have been the reason. */
  cut(): void {
    if (!this.open || this.isSettled()) return
    this.hits.note("session_cut")
    this.rate.halve(this.monotonicMs())
  }

  /** The library did not send a request. */
  heldBack(code: number): void {
    if (code === -2 || code === -3) {
      this.hits.note("flow_control")
      this.rate.halve(this.monotonicMs(), heldMs)
    }
    // The library does not report which request it was, so everything without an answer is sent again.
    const rows = this.underWay.takeAll()
    for (const row of rows) this.table.requestError(row)
    this.again(rows)
    for (let row = 0; row < this.table.size; row++) if (this.table.isLeaving(row)) this.toUnsubscribe.push(row)
    this.wake()
  }

  /** Sends waiting requests. Runs beside the session and never ends. */
  run(front: MarketFront["Service"]): Effect.Effect<never> {
    return Effect.flatMap(Queue.sliding<true>(1), (bell) => {
      this.wake = () => void Queue.offerUnsafe(bell, true)
      const rung = Queue.take(bell)
      return Effect.forever(
        Effect.flatMap(this.send(front), (waitMs) =>
          Number.isFinite(waitMs) ? Effect.raceFirst(rung, Effect.sleep(waitMs)) : rung
        )
      )
    })
  }

  /** Sends one round. Returns the milliseconds until the next one. */
  private send(front: MarketFront["Service"]): Effect.Effect<number> {
    return Effect.suspend(() => {
      const nowMs = this.monotonicMs()
      this.expire(nowMs)
      const requests: Array<Effect.Effect<void>> = []
      let waitMs = Number.POSITIVE_INFINITY
      while (this.open && (this.toUnsubscribe.size > 0 || this.toSubscribe.size > 0)) {
        const free = this.rate.free(nowMs)
        if (free === 0) {
          this.hits.note("subscribe_per_second")
          waitMs = this.rate.waitMs(nowMs)
          break
        }
        const request = this.nextRequest(front, Math.min(free, requestMax), nowMs)
        if (request !== undefined) requests.push(request)
      }
      const oldest = this.underWay.oldest()
      if (oldest !== undefined) waitMs = Math.min(waitMs, Math.max(1, oldest.atMs + this.answerMs - nowMs))
      return Effect.as(Effect.all(requests, { discard: true }), waitMs)
    })
  }

  /** Unsubscriptions first: a front counts the instruments that it serves. */
  private nextRequest(front: MarketFront["Service"], most: number, nowMs: number): Effect.Effect<void> | undefined {
    const { table } = this
    const gone = takeRows(this.toUnsubscribe, most, (row) => table.isLeaving(row))
    const rows = gone.length > 0 ? gone : takeRows(this.toSubscribe, most, (row) => table.isQueued(row))
    if (rows.length === 0) return undefined
    const ids = rows.map((row) => table.idOf(row))
    this.rate.taken(nowMs, rows.length)
    if (gone.length > 0) return front.unsubscribe(ids)
    for (const row of rows) {
      this.underWay.settle(row)
      table.asked(row, this.nowMs())
    }
    this.underWay.add(rows, nowMs)
    return front.subscribe(ids)
  }

  /** Batches without an answer: the front does not keep up. */
  private expire(nowMs: number): void {
    const { table } = this
    table.link()
    for (
      let batch = this.underWay.oldest();
      batch !== undefined && nowMs - batch.atMs >= this.answerMs;
      batch = this.underWay.oldest()
    ) {
      const silent = this.underWay.take(batch).filter((row) => table.isSent(row))
      for (const row of silent) table.requestError(row)
      // Answers are sometimes lost. An instrument that ticks is subscribed.
      const rows = silent.filter((row) => !table.isTicking(row))
      if (rows.length === 0) continue
      this.hits.note("subscribe_timeout")
      this.rate.halve(nowMs)
      const worth = rows.filter((row) => {
        const times = (this.lost.get(row) ?? 0) + 1
        this.lost.set(row, times)
        return times < attemptsMax
      })
      this.again(worth)
    }
  }

  private again(rows: ReadonlyArray<number>): void {
    this.enqueueFirst(rows.filter((row) => this.table.isWanted(row) && !this.table.isQueued(row)))
  }
}

/** Up to `most` rows that still need the request. */
const takeRows = (queue: RowQueue, most: number, still: (row: number) => boolean): Array<number> => {
  const rows: Array<number> = []
  while (rows.length < most) {
    const row = queue.shift()
    if (row === undefined) break
    if (still(row)) rows.push(row)
  }
  return rows
}
