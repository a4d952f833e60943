import { duplicateTicksMax } from "./front-fault.ts"
import { wireTickBytes } from "./wire-tick.ts"

/** The last ticks of a session, by reference to the sent bytes, for the fault `duplicate`. */
export class SentTicks {
  private payloads: Array<Buffer> = []
  private ticks = 0

  add(payload: Buffer): void {
    this.payloads.push(payload)
    this.ticks += payload.length / wireTickBytes
    let oldest = this.payloads[0]
    while (oldest !== undefined && this.ticks - oldest.length / wireTickBytes >= duplicateTicksMax) {
      this.payloads.shift()
      this.ticks -= oldest.length / wireTickBytes
      oldest = this.payloads[0]
    }
  }

  /** The last `count` ticks, oldest first; fewer when fewer were sent. */
  last(count: number): Buffer {
    const all = Buffer.concat(this.payloads)
    return all.subarray(Math.max(all.length - count * wireTickBytes, 0))
  }
}
