import { controlKind } from "../../market/adapters/ctp/ring-layout.ts"
import type { MemoryRing } from "../../market/adapters/memory/memory-ring.ts"
import type { Dice } from "../faults/dice.ts"
import { type FrontTroubles, reasons, untroubled } from "../faults/front-troubles.ts"
import type { Trace } from "../trace.ts"
import type { SimMarket } from "./sim-market.ts"
import { SimSubscriptions } from "./sim-subscriptions.ts"
import { SimWire, type WireOfPair } from "./sim-wire.ts"
import { SimWorker } from "./sim-worker.ts"
import type { SimTime } from "./virtual-time.ts"

const dialAgainMs = 1010
const refusedAgainMs = 10_000
const heartbeatTimeoutMs = 121_000
const overLimitFreq = 6001

/**
 * One front, the vendor's library that connects to it, and the worker process that hosts the library. Commands arrive
 * as the lines that a real worker reads from stdin; all output goes through the ring.
 */
export class SimFront {
  readonly feed: string
  readonly troubles: FrontTroubles = { ...untroubled }
  readonly worker: SimWorker
  loggedIn = false
  linked = false
  /** When the front last changed the contracts of this session. */
  changedMs = 0
  /** Called with each login that is sent to the front. */
  onLogin: (nowMs: number) => void = () => undefined
  private readonly time: SimTime
  private readonly ring: MemoryRing
  private readonly wire: SimWire
  private readonly market: SimMarket
  private readonly dice: Dice
  private readonly trace: Trace
  private readonly subscriptions: SimSubscriptions
  private symbols: Array<boolean> = []
  private lastLoginMs = Number.NEGATIVE_INFINITY
  private deadSince = 0

  constructor(options: {
    readonly feed: string
    readonly time: SimTime
    readonly ring: MemoryRing
    readonly market: SimMarket
    readonly dice: Dice
    readonly trace: Trace
    readonly pair: WireOfPair | undefined
  }) {
    this.feed = options.feed
    this.time = options.time
    this.ring = options.ring
    this.market = options.market
    this.dice = options.dice
    this.trace = options.trace
    this.subscriptions = new SimSubscriptions(options.market, options.ring)
    const after = (afterMs: number, run: () => void) => this.after(afterMs, run)
    this.wire = new SimWire({ ...options, after, troubles: this.troubles })
    this.worker = new SimWorker({
      ...options,
      troubles: this.troubles,
      onStart: () => {
        this.symbols = []
      },
      onReady: () => {
        this.say(controlKind.ready, 65, ["6.7.11 simulated"])
        this.dial()
      },
      onEnd: () => this.hangUp(),
      onCommand: (name, fields) => this.command(name, fields)
    })
  }

  /** Contracts whose ticks the front sends on this session, by index in the market. */
  get subscribed(): Set<number> {
    return this.subscriptions.contracts
  }

  /** When its last tick arrived at the ring. */
  get lastSentMs(): number {
    return this.wire.lastMs
  }

  heal(): void {
    Object.assign(this.troubles, untroubled)
  }

  /** The ring is empty. */
  get isRead(): boolean {
    return this.ring.head() === this.ring.tail()
  }

  /** The daemon has ended, and its worker with it. */
  die(): void {
    this.worker.die()
    this.hangUp()
  }

  /** The front breaks the connection. */
  disconnect(reason: number): boolean {
    if (!this.linked) return false
    this.drop(reason)
    this.after(dialAgainMs, () => this.dial())
    return true
  }

  logout(): boolean {
    if (!this.loggedIn) return false
    this.changedMs = this.time.nowMs
    this.loggedIn = false
    this.subscribed.clear()
    this.say(controlKind.logout, 0, [""])
    return true
  }

  warnHeartbeat(): boolean {
    if (this.linked) this.say(controlKind.heartbeatWarning, 61, [])
    return this.linked
  }

  /** Sends the market's present snapshot of what is subscribed and trades. False: there was nothing to send. */
  sendTicks(): boolean {
    const { live, print } = this.market
    if (!this.sends()) {
      for (const index of this.subscribed) this.wire.lose(print[index] as number)
      return false
    }
    this.ring.setTime(this.time.nowMs)
    let sent = 0
    for (const index of this.subscribed) {
      if (live[index] !== 1) continue
      sent++
      this.wire.put(this.labelled(index), print[index] as number)
    }
    if (sent === 0) return false
    this.wire.flush()
    return true
  }

  /** Repeats records of some contracts, changed by `spoil`, which returns whether they are still the market's. */
  sendSpoilt(count: number, spoil: (record: Uint8Array) => boolean): boolean {
    const { live } = this.market
    const sent = this.sends() ? [...this.subscribed].filter((index) => live[index] === 1).slice(0, count) : []
    if (sent.length === 0) return false
    this.ring.setTime(this.time.nowMs)
    for (const index of sent) {
      const record = Uint8Array.from(this.labelled(index))
      this.wire.put(record, spoil(record) ? (this.market.print[index] as number) : 0)
    }
    this.wire.flush()
    return true
  }

  /** The session is open on the front's side, whatever its troubles. */
  sends(): boolean {
    const { halfOpen, ticksStopped } = this.troubles
    return this.loggedIn && this.linked && !halfOpen && !ticksStopped
  }

  private labelled(index: number): Uint8Array {
    const symbol = index + 1
    if (this.symbols[index] !== true) {
      this.symbols[index] = this.ring.pushControl(controlKind.symbol, 0, symbol, [
        this.market.contracts[index]?.id ?? ""
      ])
    }
    return this.market.label(index, symbol)
  }

  private say(kind: number, aux: number, texts: ReadonlyArray<string>): void {
    this.ring.setTime(this.time.nowMs)
    this.ring.pushControl(kind, aux, 0, texts)
    this.ring.ring()
  }

  after(afterMs: number, run: () => void): void {
    this.worker.after(afterMs, run)
  }

  private hangUp(): void {
    this.changedMs = this.time.nowMs
    this.linked = false
    this.loggedIn = false
    this.subscribed.clear()
    this.wire.cut()
  }

  private drop(reason: number): void {
    this.hangUp()
    this.say(controlKind.disconnected, reason, [])
  }

  private dial(): void {
    const { troubles } = this
    if (this.linked) return
    if (troubles.unreachable) return this.after(refusedAgainMs, () => this.dial())
    if (troubles.hangsUp) {
      this.drop(reasons.readFailed)
      return this.after(dialAgainMs, () => this.dial())
    }
    if (troubles.garbage) {
      for (let pair = 0; pair < 70; pair++) {
        this.ring.pushControl(controlKind.connected, 0, 0, [])
        this.ring.pushControl(controlKind.disconnected, reasons.badMessage, 0, [])
      }
      this.ring.ring()
      return this.after(100, () => this.dial())
    }
    this.after(this.dice.whole(5, 50), () => {
      this.linked = true
      this.deadSince = this.time.nowMs
      this.say(controlKind.connected, 0, [])
      this.beat()
    })
  }

  /** The library detects a dead link by its own heartbeat, after two minutes. */
  private beat(): void {
    this.after(5000, () => {
      if (!this.linked) return
      if (!this.troubles.halfOpen) this.deadSince = this.time.nowMs
      if (this.time.nowMs - this.deadSince >= heartbeatTimeoutMs) this.disconnect(reasons.heartbeatTimeout)
      else this.beat()
    })
  }

  private command(name: string, fields: ReadonlyArray<string>): void {
    switch (name) {
      case "login":
        return this.login()
      case "subscribe":
        return this.subscribe(fields)
      case "unsubscribe":
        return this.unsubscribe(fields)
      case "redial":
        this.worker.dropApi()
        this.hangUp()
        this.trace.note("redial", this.feed)
        return this.after(this.dice.whole(3, 800), () => this.dial())
      case "release":
        this.worker.dropApi()
        return this.hangUp()
      case "close":
        this.worker.dropApi()
        this.hangUp()
        return this.after(this.dice.whole(2, 300), () => this.worker.end(0, null))
      default:
        return undefined
    }
  }

  /** False, with a report, when the library does not send. */
  private isSent(method: string): boolean {
    const code = this.linked ? this.troubles.flowControl : -1
    this.say(controlKind.returned, code, [method])
    return code === 0
  }

  private login(): void {
    if (!this.isSent("login")) return
    const { nowMs } = this.time
    this.onLogin(nowMs)
    const tooFast = nowMs - this.lastLoginMs < 1000
    this.lastLoginMs = nowMs
    const { loginUnanswered, halfOpen } = this.troubles
    if (loginUnanswered || halfOpen) return
    this.after(this.dice.whole(20, 60), () => {
      if (!this.linked || this.troubles.halfOpen) return
      const errorId = tooFast ? overLimitFreq : this.troubles.loginError
      if (errorId !== 0) return this.say(controlKind.login, errorId, ["refused"])
      this.loggedIn = true
      this.say(controlKind.login, 0, ["", String(this.market.tradingDay), "09:00:00", "simulated"])
    })
  }

  private subscribe(ids: ReadonlyArray<string>): void {
    if (!this.isSent("subscribe")) return
    const { subscribeUnanswered, halfOpen } = this.troubles
    if (subscribeUnanswered || halfOpen) return
    this.after(this.dice.whole(10, 120), () => {
      if (!this.loggedIn || this.troubles.halfOpen) return
      this.ring.setTime(this.time.nowMs)
      this.subscriptions.add(ids, this.troubles.acksMissing)
    })
  }

  private unsubscribe(ids: ReadonlyArray<string>): void {
    if (!this.isSent("unsubscribe") || this.troubles.subscribeUnanswered) return
    this.after(this.dice.whole(10, 120), () => {
      if (!this.loggedIn || this.troubles.halfOpen) return
      this.ring.setTime(this.time.nowMs)
      this.subscriptions.remove(ids)
    })
  }
}
