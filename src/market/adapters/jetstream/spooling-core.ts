import type { SpoolDrop, SpoolEvent, SpoolMark, TickSpool } from "../../ports/tick-spool.ts"
import type { Payload } from "./publish-window.ts"
import type { PublisherCore } from "./publisher-core.ts"
import type { PublisherCallbacks } from "./publisher-events.ts"

export interface SpoolingOptions {
  readonly spool: TickSpool
  /** Ticks overflow to disk when nothing was stored for this long, milliseconds. */
  readonly afterMs: number
  readonly onStored: PublisherCallbacks["onStored"]
  readonly onSuperseded?: PublisherCallbacks["onSuperseded"]
  /** Called with ticks of a previous run that are not sent, because another writer used the stream since. */
  readonly onEarlierSuperseded?: (drop: SpoolDrop) => void
  /** The writer's epoch, stored with the spool. Omit without a fence. */
  readonly epoch?: () => number | undefined
  readonly onSpool?: (event: SpoolEvent) => void
  /** Age of the oldest tick that waits for the publisher, milliseconds; 0 without one. */
  readonly backlogMs?: () => number
}

/** A backlog this many times older than `afterMs` shows a broker that confirms in time, but too few. */
const backlogFactor = 4

/**
 * The synchronous half of the spool. Direct: messages go to the window, as without a spool. Engaged: they go to the
 * spool, and from there, in sequence, to the window when it has room. The oldest `inWindow` messages of the window
 * are in the spool too, until they are stored.
 */
export class SpoolingCore {
  engaged = false
  /** Stored by this run and spooled by a previous one. */
  recovered = 0
  /** Callers that wait for room. */
  waiting = 0
  private readonly core: PublisherCore
  private readonly options: SpoolingOptions
  private readonly spool: TickSpool
  private readonly ends: Float64Array
  private readonly earlier: Uint8Array
  private oldest = 0
  private inWindow = 0
  /** Superseded ticks of previous runs that are not reported yet, by feed. */
  private readonly earlierDrops = new Map<number, SpoolDrop>()
  private stillSinceMs: number | undefined
  private storedBefore = 0
  /** The spool has engaged, and was not reported as empty since. */
  private mustReportEmptied = false
  private flushing = false

  constructor(core: PublisherCore, options: SpoolingOptions) {
    this.core = core
    this.options = options
    this.spool = options.spool
    this.ends = new Float64Array(core.window.size)
    this.earlier = new Uint8Array(core.window.size)
    core.onReconciled = () => this.settle()
    const { resume } = options.spool
    if (resume === undefined) return
    this.engaged = true
    this.mustReportEmptied = true
    // nothing was sent before the spool engaged, so there is nothing to search for
    if (resume.created === "") return
    core.resume = {
      created: resume.created,
      floorSeq: resume.floorSeq,
      refill: (tell) => this.preload(tell)
    }
  }

  room(): number {
    // Ticks that a fenced daemon accepts would only be set aside later: the other writer stores the same market.
    if (this.core.state === "fenced") return 0
    return this.engaged ? this.spool.room() : this.core.room()
  }

  send(
    subject: string,
    payload: Payload,
    stampMs: number,
    token: number,
    feedSeq: number | undefined,
    receivedMs: number | undefined
  ): void {
    if (!this.engaged) return this.core.send(subject, payload, stampMs, token, feedSeq, receivedMs)
    this.spool.append(subject, payload, stampMs, token, feedSeq ?? 0, receivedMs ?? 0)
    if (this.flushing) return
    this.flushing = true
    // one write for all messages of this turn
    queueMicrotask(() => {
      this.flushing = false
      this.spool.flush()
      this.pump()
    })
  }

  /** The window released its oldest message. */
  stored(stampMs: number, token: number, nowMs: number, feedSeq: number): void {
    if (this.inWindow === 0) return this.options.onStored(stampMs, token, nowMs, feedSeq)
    if (this.release()) this.recovered++
    else this.options.onStored(stampMs, token, nowMs, feedSeq)
  }

  /** The same for a message that is not sent. */
  superseded(token: number, feedSeq: number, receivedMs: number): void {
    const isEarlier = this.inWindow > 0 && this.release()
    if (!isEarlier) return this.options.onSuperseded?.(token, feedSeq, receivedMs)
    const before = this.earlierDrops.get(token)
    // Several previous runs may have left ticks, and each numbers them anew.
    if (before !== undefined && feedSeq <= before.lastSeq) this.reportEarlier(before)
    const from = before !== undefined && feedSeq > before.lastSeq ? before : undefined
    this.earlierDrops.set(token, {
      token,
      firstSeq: from?.firstSeq ?? feedSeq,
      lastSeq: feedSeq,
      count: (from?.count ?? 0) + 1,
      fromMs: from?.fromMs ?? receivedMs,
      toMs: receivedMs,
      earlier: true,
      superseded: true
    })
  }

  private reportEarlier(drop: SpoolDrop): void {
    this.earlierDrops.delete(drop.token)
    this.options.onEarlierSuperseded?.(drop)
  }

  /** Removes the oldest message of the window from the spool. True: a previous run had spooled it. */
  private release(): boolean {
    const place = this.oldest
    this.oldest = (place + 1) % this.ends.length
    this.inWindow--
    this.spool.release(this.ends[place] as number)
    return this.earlier[place] === 1
  }

  /** Moves messages from the spool to the window while it has room; returns to direct when the spool is read. */
  pump(): void {
    const { core, spool } = this
    while (this.engaged && core.room() > 0) {
      const message = spool.next()
      if (message === undefined) {
        // an unreadable part is read later; only an empty spool ends the detour
        if (spool.unread() > 0) return
        this.engaged = false
        core.changed()
        return
      }
      this.note(message.end, message.earlier)
      const { subject, payload, stampMs, token, feedSeq, receivedMs } = message
      core.send(subject, payload, stampMs, token, feedSeq, receivedMs)
    }
  }

  /** Engages the spool, with the window's content first: a crash of the daemon then loses none of it. */
  engage(): void {
    const { core, spool } = this
    if (this.engaged) return
    const before = this.inWindow
    spool.settle(this.mark(), false)
    core.window.forEachRetained(before, (subject, payload, stampMs, token, feedSeq, receivedMs) =>
      this.note(spool.append(subject, payload, stampMs, token, feedSeq, receivedMs), false)
    )
    spool.skipUnread()
    spool.flush()
    this.engaged = true
    this.mustReportEmptied = true
    this.stillSinceMs = undefined
    this.options.onSpool?.({ type: "engaged", retained: core.window.retained })
    core.changed()
  }

  /** Periodic: engages when nothing moves, writes the cursor, retries after a fault. */
  look(nowMs: number): void {
    this.spool.look(nowMs)
    if (this.core.isSuperseded === undefined) for (const drop of this.earlierDrops.values()) this.reportEarlier(drop)
    if (this.engaged) this.pump()
    else if (this.core.state !== "fenced" && this.isStuck(nowMs)) this.engage()
    this.settle()
    this.core.changed()
  }

  /** For a stop: unstored messages are on disk for the next start. False: the disk does not accept them. */
  keep(): boolean {
    if (this.core.state === "fenced" && !this.engaged) return false
    if (this.core.window.retained > this.inWindow) this.engage()
    const kept = this.spool.sync()
    this.settle()
    return kept
  }

  isSafe(): boolean {
    return this.core.window.retained <= this.inWindow && this.spool.counts().trouble === undefined
  }

  /** Every accepted message is stored, or kept on disk while the broker is away. */
  isDrained(): boolean {
    const { core, spool } = this
    if (core.window.retained === 0 && spool.unread() === 0) return true
    return this.engaged && core.state !== "up" && spool.counts().trouble === undefined && !this.flushing
  }

  private isStuck(nowMs: number): boolean {
    const { core, options } = this
    // A disk that accepts nothing does not help: each attempt would only copy the window into memory again.
    if (this.spool.counts().trouble !== undefined) {
      this.stillSinceMs = undefined
      return false
    }
    const stored = core.tally.stored
    const moves = stored !== this.storedBefore
    this.storedBefore = stored
    const full = core.room() === 0
    if (!full || moves || (this.waiting === 0 && core.window.retained === 0)) this.stillSinceMs = undefined
    else this.stillSinceMs ??= nowMs
    if (this.stillSinceMs !== undefined && nowMs - this.stillSinceMs >= options.afterMs) return true
    if (!full || this.waiting === 0) return false
    const oldestMs = core.window.oldestHandedMs()
    return (
      (oldestMs !== undefined && nowMs - oldestMs >= options.afterMs) ||
      (options.backlogMs?.() ?? 0) >= backlogFactor * options.afterMs
    )
  }

  private preload(tell: (slot: number) => void): void {
    const { core, spool } = this
    while (core.window.free > 0) {
      const message = spool.next()
      if (message === undefined) break
      this.note(message.end, message.earlier)
      const { subject, payload, stampMs, token, feedSeq, receivedMs } = message
      tell(core.preload(subject, payload, stampMs, token, feedSeq, receivedMs))
    }
  }

  private note(end: number, earlier: boolean): void {
    const place = (this.oldest + this.inWindow++) % this.ends.length
    this.ends[place] = end
    this.earlier[place] = earlier ? 1 : 0
  }

  private mark(): SpoolMark {
    const { core, options } = this
    // the previous mark is valid until the stream was reached
    if (core.streamCreated === undefined) {
      const left = options.spool.resume
      const known = left?.epoch === undefined ? {} : { epoch: left.epoch }
      const { created, floorSeq } = left ?? { created: "", floorSeq: core.floorSeq }
      return { created, floorSeq, window: core.window.size, ...known, unseen: true }
    }
    const epoch = options.epoch?.()
    // a message that overtook a refused one is stored before it is released
    const floorSeq = Math.min(core.floorSeq, core.window.lowestWaitingSeq() - 1)
    return {
      created: core.streamCreated,
      floorSeq,
      window: core.window.size,
      ...(epoch === undefined ? {} : { epoch })
    }
  }

  private settle(): void {
    if (!this.mustReportEmptied) return
    const idle = !this.engaged && this.inWindow === 0
    this.spool.settle(this.mark(), idle)
    if (!idle) return
    this.mustReportEmptied = false
    this.options.onSpool?.({ type: "emptied" })
  }
}
