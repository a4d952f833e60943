import { Effect } from "effect"
import type { WorkerHost } from "../../adapters/ctp/ctp-front.ts"
import { controlKind } from "../../adapters/ctp/ring-layout.ts"
import { workerError } from "../../adapters/ctp/worker-exit.ts"
import type { WorkerProcess } from "../../adapters/ctp/worker-process.ts"
import type { MemoryRing } from "../../adapters/memory/memory-ring.ts"
import type { FeedWorkerError } from "../../domain/feed-worker-error.ts"
import type { Dice } from "./dice.ts"
import type { SimMarket } from "./sim-market.ts"
import type { Trace } from "./trace.ts"
import type { VirtualTime } from "./virtual-time.ts"

/** Reason codes and times as measured on the vendor's library: docs/SIMULATION.md. */
export const reasons = { readFailed: 0x1001, heartbeatTimeout: 0x2001, badMessage: 0x2003 } as const
const dialAgainMs = 1010
const refusedAgainMs = 10_000
const heartbeatTimeoutMs = 121_000
const overLimitFreq = 6001

interface Life {
  readonly end: (exit: { readonly code: number | null; readonly signal: string | null }) => void
  alive: boolean
}

/** What goes wrong on a front now. Each is set by a fault and taken back by its end. */
export interface FrontTroubles {
  unreachable: boolean
  /** Accepts and hangs up: a Disconnected without a Connected, about once a second. */
  hangsUp: boolean
  /** Answers garbage: pairs of Connected and Disconnected, hundreds a second. */
  garbage: boolean
  loginUnanswered: boolean
  loginError: number
  /** Says nothing any more and does not hang up either. */
  halfOpen: boolean
  ticksStopped: boolean
  acksMissing: number
  subscribeUnanswered: boolean
  /** 0, or what the library returns instead of sending. */
  flowControl: number
  /** Milliseconds after its start at which the worker crashes; 0: it does not. */
  crashAfterMs: number
  /** Milliseconds by which the doorbell is late: the event loop of the daemon stands still. */
  doorbellLateMs: number
}

const untroubled: FrontTroubles = {
  unreachable: false,
  hangsUp: false,
  garbage: false,
  loginUnanswered: false,
  loginError: 0,
  halfOpen: false,
  ticksStopped: false,
  acksMissing: 0,
  subscribeUnanswered: false,
  flowControl: 0,
  crashAfterMs: 0,
  doorbellLateMs: 0
}

/**
 * One front, the vendor's library that talks to it, and the worker process that hosts the library. Commands come as the
 * lines that a real worker reads from stdin; everything it has to say goes through the ring.
 */
export class SimFront {
  readonly feed: string
  readonly troubles: FrontTroubles = { ...untroubled }
  readonly host: WorkerHost
  /** Contracts whose ticks the front sends on this session, by position in the market. */
  readonly subscribed = new Set<number>()
  loggedIn = false
  linked = false
  /** When the front last changed what it sends on this session. */
  changedMs = 0
  /** Told of each login that leaves for the front. */
  onLogin: (nowMs: number) => void = () => undefined
  private readonly time: VirtualTime
  private readonly ring: MemoryRing
  private readonly market: SimMarket
  private readonly dice: Dice
  private readonly trace: Trace
  private readonly positions: ReadonlyMap<string, number>
  private life: Life | undefined
  /** Api instances: what a former one still has to say is dropped. */
  private api = 0
  private symbols: Array<boolean> = []
  private lastLoginMs = Number.NEGATIVE_INFINITY
  private deadSince = 0

  constructor(options: {
    readonly feed: string
    readonly time: VirtualTime
    readonly ring: MemoryRing
    readonly market: SimMarket
    readonly dice: Dice
    readonly trace: Trace
  }) {
    this.feed = options.feed
    this.time = options.time
    this.ring = options.ring
    this.market = options.market
    this.dice = options.dice
    this.trace = options.trace
    this.positions = new Map(options.market.contracts.map(({ id }, index) => [id, index]))
    this.host = {
      openRing: Effect.succeed(options.ring),
      startWorker: ({ onRing }) => this.startWorker(onRing),
      later: (go, afterMs = 0) => void this.time.later(afterMs, go)
    }
  }

  heal(): void {
    Object.assign(this.troubles, untroubled)
  }

  /** The daemon has read everything that the worker had to say. */
  get isRead(): boolean {
    return this.ring.head() === this.ring.tail()
  }

  get running(): boolean {
    return this.life?.alive === true
  }

  /** The worker's process dies. What its ring holds stays. */
  crash(signal: string | null, code: number | null = null): boolean {
    if (this.life?.alive !== true) return false
    this.life.end({ code, signal })
    return true
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

  /** Sends the market's present snapshot of what is subscribed. */
  sendTicks(): void {
    if (!this.sends()) return
    this.ring.setTime(this.time.nowMs)
    for (const index of this.subscribed) this.ring.pushTick(this.labelled(index))
    this.ring.ring()
  }

  /** Sends records of some contracts once more, changed by `spoil`. */
  sendSpoilt(count: number, spoil: (record: Uint8Array) => void): boolean {
    if (!this.sends() || this.subscribed.size === 0) return false
    this.ring.setTime(this.time.nowMs)
    let left = count
    for (const index of this.subscribed) {
      if (left-- <= 0) break
      const record = Uint8Array.from(this.labelled(index))
      spoil(record)
      this.ring.pushTick(record)
    }
    this.ring.ring()
    return true
  }

  private sends(): boolean {
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

  private after(afterMs: number, run: () => void): void {
    const { life, api } = this
    this.time.later(afterMs, () => {
      if (this.life === life && life?.alive === true && this.api === api) run()
    })
  }

  private startWorker(onRing: () => void): Effect.Effect<WorkerProcess, FeedWorkerError, import("effect").Scope.Scope> {
    return Effect.acquireRelease(
      Effect.sync(() => {
        let exit: { readonly code: number | null; readonly signal: string | null } | undefined
        let tell: (() => void) | undefined
        const life: Life = {
          alive: true,
          end: (how) => {
            if (!life.alive) return
            life.alive = false
            exit = how
            this.hangUp()
            this.trace.note("worker", `${this.feed} ended ${how.signal ?? how.code}`)
            onRing()
            tell?.()
          }
        }
        this.life = life
        this.api++
        this.symbols = []
        this.ring.onRing = () => {
          const lateMs = this.troubles.doorbellLateMs
          if (lateMs === 0) onRing()
          else void this.time.later(lateMs, onRing)
        }
        this.after(this.dice.whole(5, 40), () => {
          this.say(controlKind.ready, 65, ["6.7.11 simulated"])
          if (this.troubles.crashAfterMs > 0) this.after(this.troubles.crashAfterMs, () => this.crash("SIGSEGV"))
          this.dial()
        })
        const ended = Effect.callback<void, FeedWorkerError>((resume) => {
          const done = () =>
            resume(exit?.code === 0 ? Effect.void : Effect.fail(workerError(this.feed, exit ?? noExit, undefined)))
          if (exit === undefined) tell = done
          else done()
        })
        return { pid: 0, ended, command: (line: string) => this.command(life, line), life }
      }),
      ({ life }) =>
        Effect.suspend(() => {
          if (!life.alive) return Effect.void
          // Release of the api takes its time; the process ends after it.
          return Effect.andThen(
            Effect.sleep(this.dice.whole(2, 300)),
            Effect.sync(() => life.end({ code: 0, signal: null }))
          )
        })
    )
  }

  private hangUp(): void {
    this.changedMs = this.time.nowMs
    this.linked = false
    this.loggedIn = false
    this.subscribed.clear()
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

  /** The library notices a dead link by its own heartbeat, after two minutes. */
  private beat(): void {
    this.after(5000, () => {
      if (!this.linked) return
      if (!this.troubles.halfOpen) this.deadSince = this.time.nowMs
      if (this.time.nowMs - this.deadSince >= heartbeatTimeoutMs) this.disconnect(reasons.heartbeatTimeout)
      else this.beat()
    })
  }

  private command(life: Life, line: string): void {
    if (this.life !== life || !life.alive) return
    const [name, ...fields] = line.split("\t")
    switch (name) {
      case "login":
        return this.login()
      case "subscribe":
        return this.subscribe(fields)
      case "unsubscribe":
        return this.unsubscribe(fields)
      case "redial":
        this.api++
        this.hangUp()
        this.trace.note("redial", this.feed)
        return this.after(this.dice.whole(3, 800), () => this.dial())
      case "close":
        this.api++
        this.hangUp()
        return this.after(this.dice.whole(2, 300), () => life.end({ code: 0, signal: null }))
      default:
        return undefined
    }
  }

  /** False, and told, when the library does not send. */
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
      let missing = this.troubles.acksMissing
      this.ring.setTime(this.time.nowMs)
      for (const id of ids) {
        const position = this.positions.get(id)
        if (position === undefined || missing-- > 0) continue
        this.subscribed.add(position)
        this.ring.pushControl(controlKind.subscribed, 0, 0, [id, ""])
      }
      this.ring.ring()
    })
  }

  private unsubscribe(ids: ReadonlyArray<string>): void {
    if (!this.isSent("unsubscribe") || this.troubles.subscribeUnanswered) return
    this.after(this.dice.whole(10, 120), () => {
      if (!this.loggedIn || this.troubles.halfOpen) return
      this.ring.setTime(this.time.nowMs)
      for (const id of ids) {
        this.subscribed.delete(this.positions.get(id) ?? -1)
        this.ring.pushControl(controlKind.unsubscribed, 0, 0, [id, ""])
      }
      this.ring.ring()
    })
  }
}

const noExit = { code: null, signal: null } as const
