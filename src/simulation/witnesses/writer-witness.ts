import { fenceTimes, writerBackoffCapMs } from "../../market/adapters/jetstream/writer-fence.ts"
import { readEpochRecord } from "../../protocol/market/epoch.ts"

/** Name of one run of the simulated daemon in the bucket. */
export const runOf = (life: number): string => `life-${life}`
const processOf = (run: string): number => (run.startsWith("life-") ? Number(run.slice("life-".length)) : -1)

/**
 * Time that a writer may continue after another one took its epoch: it is notified at once, or checks within a
 * second.
 */
const reportedMs = fenceTimes.graceMs
/** While the bucket is silent, a missing answer shows it: the time limit, and one request more. */
const silentMs = fenceTimes.unconfirmedMs + 2000
/**
 * Longest time without a writer while a running daemon can reach the bucket: the lease time, the longest pause before
 * the next link, and three checks.
 */
const writerlessMs = fenceTimes.staleMs + writerBackoffCapMs + 3 * fenceTimes.renewMs
/** An outage of the bucket over this many checks in a row must have been noticed by a daemon. */
const outageLooks = 3

/** State of the world, as far as it decides about writers. */
export interface WriterScene {
  /** The process of this name runs. */
  readonly isAlive: (run: string) => boolean
  /** Some daemon has the stream and its process runs. */
  readonly isWritten: boolean
  /** A daemon's process runs, is not stopping, and its link has not crashed. */
  readonly isHealthy: boolean
  /** The bucket accepts requests and answers them. */
  readonly isReachable: boolean
}

/**
 * Checks the bucket of the epochs and every message. A daemon that has lost its epoch stops sending within its time
 * limit; the stream is never taken from a running writer without `--take-over`; and a stream does not stay without a
 * writer.
 */
export class WriterWitness {
  checks = 0
  private holder: string | undefined
  /** Its number when it is a run of the daemon; read for each tick. */
  private holderRun = -1
  /** It had the stream before, lost it, and took it back. */
  private isBack = false
  private readonly heldOnce = new Set<string>()
  private epoch = 0
  /**
   * Had the stream when the store was lost: it writes its record again, even if another daemon finds the bucket empty
   * meanwhile.
   */
  private beforeWipe: string | undefined
  private sinceMs = 0
  /** When the holder last wrote its record, and whether that released the stream. */
  private renewedMs = 0
  private isReleased = false
  /** When the bucket last was silent, milliseconds. */
  private silentAtMs = Number.NEGATIVE_INFINITY
  /** When the bucket last was out of reach for several checks. */
  private outageAtMs = Number.NEGATIVE_INFINITY
  private unreachableLooks = 0
  private writerlessSinceMs: number | undefined
  private readonly forced = new Set<string>()
  private readonly isAlive: WriterScene["isAlive"]
  private readonly complain: (sentence: string) => void

  constructor(complain: (sentence: string) => void, isAlive: WriterScene["isAlive"]) {
    this.complain = complain
    this.isAlive = isAlive
  }

  /** A daemon of this name was started with `--take-over`. */
  allow(run: string): void {
    this.forced.add(run)
  }

  /** The bucket accepted a record. */
  noteEpoch(text: string, nowMs: number): void {
    // Renewals are a thousand times as frequent as changes, and decoding is expensive.
    if (this.holder !== undefined && text.includes(`"run":"${this.holder}"`)) return this.noteRenewal(text, nowMs)
    const record = readEpochRecord(text, "MD_TICKS")
    if (record === undefined || record.run === this.holder) return
    const isRestored = record.run === this.beforeWipe
    if (isRestored) this.beforeWipe = undefined
    this.checks++
    if (this.holder !== undefined) {
      if (record.epoch <= this.epoch) {
        this.complain(`${record.run} has epoch ${record.epoch}, and ${this.holder} had ${this.epoch} before it`)
      }
      if (!isRestored) this.lookAtRight(record.run, this.holder, nowMs)
    }
    this.holder = record.run
    this.holderRun = processOf(record.run)
    this.isBack = this.heldOnce.has(record.run)
    this.heldOnce.add(record.run)
    this.epoch = record.epoch
    this.sinceMs = nowMs
    this.noteRenewal(text, nowMs)
  }

  /** The store was lost with all its content. */
  wiped(): void {
    this.beforeWipe = this.holder ?? this.beforeWipe
    this.holder = undefined
    this.holderRun = -1
    this.epoch = 0
  }

  /** A request to the bucket got no answer. */
  noteSilence(nowMs: number): void {
    this.silentAtMs = nowMs
  }

  /** Called twice a second. */
  look(scene: Omit<WriterScene, "isAlive">, nowMs: number): void {
    this.checks++
    this.unreachableLooks = scene.isReachable ? 0 : this.unreachableLooks + 1
    if (this.unreachableLooks >= outageLooks) this.outageAtMs = nowMs
    if (scene.isWritten || !scene.isHealthy || !scene.isReachable) this.writerlessSinceMs = undefined
    else this.writerlessSinceMs ??= nowMs
    if (this.writerlessSinceMs === undefined || nowMs - this.writerlessSinceMs <= writerlessMs) return
    this.complain(
      `the stream is without a writer for ${nowMs - this.writerlessSinceMs} ms while a daemon is up that can reach the bucket`
    )
    this.writerlessSinceMs = nowMs
  }

  /** The run has taken the stream back later than at this moment. */
  isBackSince(life: number, afterMs: number): boolean {
    return life === this.holderRun && this.isBack && this.sinceMs > afterMs
  }

  /** The stream stores a tick of a run. Messages that a silent server had accepted before may follow at any time. */
  noteStored(life: number, nowMs: number): void {
    if (life === this.holderRun || this.holder === undefined || this.silentAtMs >= this.sinceMs - silentMs) return
    this.checks++
    const lateMs = nowMs - this.sinceMs
    if (lateMs <= reportedMs) return
    this.complain(`a tick of ${runOf(life)} is stored ${lateMs} ms after ${this.holder} took epoch ${this.epoch}`)
  }

  /** A run of the daemon passes a tick to its link. */
  noteSent(life: number, nowMs: number): void {
    if (life === this.holderRun || this.holder === undefined) return
    this.checks++
    const lateMs = nowMs - this.sinceMs
    if (lateMs <= (this.silentAtMs < this.sinceMs - silentMs ? reportedMs : silentMs)) return
    this.complain(`${runOf(life)} sends a tick ${lateMs} ms after ${this.holder} took epoch ${this.epoch}`)
  }

  private noteRenewal(text: string, nowMs: number): void {
    this.renewedMs = nowMs
    this.isReleased = text.includes('"released":true')
  }

  /**
   * Without `--take-over` a stream is taken only when its writer released it, has ended, or did not renew it although
   * it could.
   */
  private lookAtRight(run: string, from: string, nowMs: number): void {
    if (this.isReleased || this.forced.has(run) || !this.isAlive(from)) return
    const idleMs = nowMs - Math.max(this.renewedMs, this.outageAtMs)
    if (idleMs >= fenceTimes.staleMs) return
    this.complain(
      `${run} took the stream from ${from}, which is running and renewed it ${nowMs - this.renewedMs} ms before`
    )
  }
}
