import type { FrontSession } from "../front/front-session.ts"
import type { FrontState } from "../front/front-state.ts"
import { frameTicksMax, wireTickBytes } from "../front/wire-tick.ts"
import type { Market } from "./market.ts"

/** The receivers: contracts in rotation, and each session's share of them. */
export class MarketAudience {
  /** Contracts that tick: subscribed ones that are not stopped, or all of them. */
  active = new Int32Array(0)
  private readonly front: FrontState
  private readonly market: Market
  private members: Array<{ readonly session: FrontSession; readonly wants: Uint8Array; readonly all: boolean }> = []
  private version = -1
  private turn = 0
  private readonly whole: boolean

  /** `whole`: every contract ticks, subscribed or not. */
  constructor(front: FrontState, market: Market, whole = false) {
    this.front = front
    this.market = market
    this.whole = whole
  }

  refresh(): void {
    if (this.version === this.front.version) return
    this.version = this.front.version
    const { contracts, indexOf } = this.market
    const wanted = new Uint8Array(contracts.length)
    this.members = []
    for (const session of this.front.sessions) {
      if (!session.loggedIn) continue
      const wants = new Uint8Array(contracts.length)
      for (const id of session.subscribed) {
        const index = indexOf.get(id)
        if (index === undefined || this.front.stoppedInstruments.has(id)) continue
        wants[index] = 1
        wanted[index] = 1
      }
      this.members.push({ session, wants, all: false })
    }
    this.active = Int32Array.from(contracts.keys()).filter((index) => this.whole || wanted[index] === 1)
    this.members = this.members.map((member) => ({
      ...member,
      all: this.active.every((index) => member.wants[index] === 1)
    }))
    if (this.turn >= this.active.length) this.turn = 0
  }

  /** One tick of each of the next `count` contracts in rotation. */
  send(nowMs: number, count: number): void {
    for (let left = count; left > 0; ) {
      const some = Math.min(left, frameTicksMax, this.active.length - this.turn)
      const payload = this.market.ticks(nowMs, this.active, this.turn, some)
      for (const { all, session, wants } of this.members) {
        if (!session.streaming) continue
        const share = all ? payload : this.share(payload, this.turn, some, wants)
        if (share.length > 0) session.sendTicks(share, "market")
      }
      this.turn = (this.turn + some) % this.active.length
      left -= some
    }
  }

  /** Produces the same ticks without sending them: they are late, or the front was not running yet. */
  pass(nowMs: number, count: number): void {
    for (let left = count; left > 0; ) {
      const some = Math.min(left, frameTicksMax, this.active.length - this.turn)
      this.market.ticks(nowMs, this.active, this.turn, some)
      this.turn = (this.turn + some) % this.active.length
      left -= some
    }
  }

  private share(payload: Buffer, start: number, count: number, wants: Uint8Array): Buffer {
    const share = Buffer.allocUnsafe(payload.length)
    let bytes = 0
    for (let i = 0; i < count; i++) {
      if (wants[this.active[start + i] as number] !== 1) continue
      payload.copy(share, bytes, i * wireTickBytes, (i + 1) * wireTickBytes)
      bytes += wireTickBytes
    }
    return share.subarray(0, bytes)
  }
}
