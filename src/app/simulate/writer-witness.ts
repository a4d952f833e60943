import { fenceTimes } from "../../adapters/jetstream/writer-fence.ts"
import { readEpochRecord } from "../../protocol/epoch.ts"

/** Name of one life of the simulated daemon in the bucket. */
export const runOf = (life: number): string => `life-${life}`
const lifeOf = (run: string): number => (run.startsWith("life-") ? Number(run.slice("life-".length)) : -1)

/** How long a writer may go on after another one has its epoch: it is told at once, or asks within a second. */
const toldMs = fenceTimes.graceMs
/** While the bucket is silent it finds out by the lack of an answer: its limit, and one request more. */
const silentMs = fenceTimes.unconfirmedMs + 2000

/** Watches the bucket of the epochs and every message: who has lost its epoch sends nothing beyond the time that takes. */
export class WriterWitness {
  checks = 0
  private holder: string | undefined
  /** Its number when it is a life of the daemon; looked at for each tick. */
  private holderLife = -1
  private epoch = 0
  private sinceMs = 0
  /** When the bucket last was silent, milliseconds. */
  private silentAtMs = Number.NEGATIVE_INFINITY
  private readonly complain: (sentence: string) => void

  constructor(complain: (sentence: string) => void) {
    this.complain = complain
  }

  /** The bucket took a record. */
  noteEpoch(text: string, nowMs: number): void {
    // Signs of life are a thousand times as many as changes, and decoding one is dear.
    if (this.holder !== undefined && text.includes(`"run":"${this.holder}"`)) return
    const record = readEpochRecord(text, "MD_TICKS")
    if (record === undefined || record.run === this.holder) return
    this.checks++
    if (this.holder !== undefined && record.epoch <= this.epoch) {
      this.complain(`${record.run} has epoch ${record.epoch}, and ${this.holder} had ${this.epoch} before it`)
    }
    this.holder = record.run
    this.holderLife = lifeOf(record.run)
    this.epoch = record.epoch
    this.sinceMs = nowMs
  }

  /** The store is gone with all that it knew. */
  wiped(): void {
    this.holder = undefined
    this.holderLife = -1
    this.epoch = 0
  }

  /** Somebody got no answer from the bucket. */
  noteSilence(nowMs: number): void {
    this.silentAtMs = nowMs
  }

  /** The stream stores a tick of a life. What a silent server had taken before may come whenever it goes on. */
  noteStored(life: number, nowMs: number): void {
    if (life === this.holderLife || this.holder === undefined || this.silentAtMs >= this.sinceMs - silentMs) return
    this.checks++
    const lateMs = nowMs - this.sinceMs
    if (lateMs <= toldMs) return
    this.complain(`a tick of ${runOf(life)} is stored ${lateMs} ms after ${this.holder} took epoch ${this.epoch}`)
  }

  /** A life of the daemon hands a tick to its link. */
  noteSent(life: number, nowMs: number): void {
    if (life === this.holderLife || this.holder === undefined) return
    this.checks++
    const lateMs = nowMs - this.sinceMs
    if (lateMs <= (this.silentAtMs < this.sinceMs - silentMs ? toldMs : silentMs)) return
    this.complain(`${runOf(life)} sends a tick ${lateMs} ms after ${this.holder} took epoch ${this.epoch}`)
  }
}
