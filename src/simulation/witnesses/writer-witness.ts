import { fenceTimes, writerBackoffCapMs } from "../../market/adapters/jetstream/writer-fence.ts"
import { readEpochRecord } from "../../protocol/market/epoch.ts"

/** Name of one life of the simulated daemon in the bucket. */
export const runOf = (life: number): string => `life-${life}`
const processOf = (run: string): number => (run.startsWith("life-") ? Number(run.slice("life-".length)) : -1)

/** How long a writer may go on after another one has its epoch: it hears of it at once, or asks within a second. */
const toldMs = fenceTimes.graceMs
/** While the bucket is silent it finds out by the lack of an answer: its limit, and one request more. */
const silentMs = fenceTimes.unconfirmedMs + 2000
/**
 * A stream is without a writer for no longer than this while a daemon is up that can reach the bucket: the time of the
 * lease, the longest pause before the next link, and three looks.
 */
const writerlessMs = fenceTimes.staleMs + writerBackoffCapMs + 3 * fenceTimes.renewMs
/** So many looks in a row at which the bucket was out of reach are an outage that a daemon must have noticed. */
const outageLooks = 3

/** What the world looks like at a moment, as far as it concerns who may write. */
export interface WriterScene {
  /** The process of this name runs. */
  readonly isAlive: (run: string) => boolean
  /** Some daemon has the stream and its process runs. */
  readonly isWritten: boolean
  /** A daemon's process runs, is not stopping, and its link has not crashed. */
  readonly isHealthy: boolean
  /** The bucket takes requests and answers them. */
  readonly isReachable: boolean
}

/**
 * Watches the bucket of the epochs and every message. A daemon that has lost its epoch sends nothing beyond the time that
 * takes; a writer that lives is never robbed without `--take-over`; and a stream is not left without a writer.
 */
export class WriterWitness {
  checks = 0
  private holder: string | undefined
  /** Its number when it is a life of the daemon; looked at for each tick. */
  private holderRun = -1
  /** It had the stream before, lost it, and took it back. */
  private isBack = false
  private readonly heldOnce = new Set<string>()
  private epoch = 0
  /** Had the stream when the store went: it writes its record again, whoever found the bucket empty meanwhile. */
  private beforeWipe: string | undefined
  private sinceMs = 0
  /** When the holder last wrote its record, and whether that released the stream. */
  private renewedMs = 0
  private isReleased = false
  /** When the bucket last was silent, milliseconds. */
  private silentAtMs = Number.NEGATIVE_INFINITY
  /** When the bucket last was out of reach for several looks. */
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

  /** The bucket took a record. */
  noteEpoch(text: string, nowMs: number): void {
    // Signs of life are a thousand times as many as changes, and decoding one is dear.
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

  /** The store is gone with all that it knew. */
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

  /** Twice a second. */
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

  /** The life has taken the stream back at a moment later than this. */
  isBackSince(life: number, afterMs: number): boolean {
    return life === this.holderRun && this.isBack && this.sinceMs > afterMs
  }

  /** The stream stores a tick of a life. What a silent server had taken before may come whenever it goes on. */
  noteStored(life: number, nowMs: number): void {
    if (life === this.holderRun || this.holder === undefined || this.silentAtMs >= this.sinceMs - silentMs) return
    this.checks++
    const lateMs = nowMs - this.sinceMs
    if (lateMs <= toldMs) return
    this.complain(`a tick of ${runOf(life)} is stored ${lateMs} ms after ${this.holder} took epoch ${this.epoch}`)
  }

  /** A life of the daemon hands a tick to its link. */
  noteSent(life: number, nowMs: number): void {
    if (life === this.holderRun || this.holder === undefined) return
    this.checks++
    const lateMs = nowMs - this.sinceMs
    if (lateMs <= (this.silentAtMs < this.sinceMs - silentMs ? toldMs : silentMs)) return
    this.complain(`${runOf(life)} sends a tick ${lateMs} ms after ${this.holder} took epoch ${this.epoch}`)
  }

  private noteRenewal(text: string, nowMs: number): void {
    this.renewedMs = nowMs
    this.isReleased = text.includes('"released":true')
  }

  /** Without `--take-over` a stream is taken when its writer released it, has ended, or did not renew it although it could. */
  private lookAtRight(run: string, from: string, nowMs: number): void {
    if (this.isReleased || this.forced.has(run) || !this.isAlive(from)) return
    const idleMs = nowMs - Math.max(this.renewedMs, this.outageAtMs)
    if (idleMs >= fenceTimes.staleMs) return
    this.complain(`${run} took the stream from ${from}, which lives and renewed it ${nowMs - this.renewedMs} ms before`)
  }
}
