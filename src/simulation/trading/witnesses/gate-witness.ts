import {
  accountBreakerKey,
  killSwitchKey,
  strategyBreakerKey,
  symbolBreakerKey
} from "../../../protocol/trading/safety.ts"
import type { ApiAnswer, ApiRequest } from "../../../simulator/paper/api/api-message.ts"
import { breakerOf, killSwitchOf } from "../../../trading/application/safety/safety-records.ts"
import { quietPeriodMs } from "../../../trading/domain/safety/breaker.ts"
import type { TradeRun, TradeWorld } from "../world/trade-world.ts"
import type { BookRows } from "./book-rows.ts"

/**
 * A change of a safety state reaches the gate within its heartbeat; what had passed before waits for the store for 2 s
 * at most, and is on the wire then. Milliseconds.
 */
const deliveryMs = 3000 + 2000 + 500
/** Billionths of the limit of shares in one symbol, which no operator of the simulation changes. */
const sharesMax = 1000n * 1_000_000_000n
/** A command of an operator that changes a state takes effect within this time. */
const commandMs = 30_000

type Command = "initialise" | "disengage" | "reset"

/** Since when a key forbids entries, and everything; undefined: it does not. */
interface Closed {
  entriesSinceMs: number | undefined
  allSinceMs: number | undefined
  /** The end of the quiet period; entries are allowed again then. */
  quietEndsMs: number | undefined
}

interface Posted {
  readonly atMs: number
  /** The venue said that it did nothing. */
  repeatable: boolean
}

const wireFields = (body: string): Readonly<Record<string, string>> => {
  try {
    return JSON.parse(body)
  } catch {
    return {}
  }
}

/**
 * Knows the safety states by what is stored, not by what a process believes, and looks at every order on its way to
 * the venue.
 */
export class GateWitness {
  checks = 0
  /** Orders that left, by client id. */
  readonly posts = new Map<string, Posted>()
  private readonly closed = new Map<string, Closed>()
  private readonly commands = new Map<Command, number>()
  private readonly words = new Map<string, string>()
  private readonly world: TradeWorld
  private readonly rows: BookRows

  constructor(world: TradeWorld, rows: BookRows) {
    this.world = world
    this.rows = rows
    for (const key of [killSwitchKey, accountBreakerKey]) {
      this.closed.set(key, { entriesSinceMs: world.time.nowMs, allSinceMs: undefined, quietEndsMs: undefined })
    }
  }

  /** An operator asks for a change that opens something. */
  commanded(command: Command): void {
    this.commands.set(command, this.world.time.nowMs)
  }

  /** A text was stored. */
  stored(key: string, text: string): void {
    const word = this.wordOf(key, text)
    if (word === undefined) return
    const before = this.words.get(key)
    this.words.set(key, word)
    if (word === before) return
    this.world.trace.note("state", `${key} ${before ?? "-"} -> ${word}`)
    this.checks++
    if (before === undefined && (key === killSwitchKey || key === accountBreakerKey)) this.allowedBy("initialise", key)
    if (before === "ENGAGED" && word === "ACTIVE") this.allowedBy("disengage", key)
    if (before === "TRIPPED" && word !== "TRIPPED") this.allowedBy("reset", key)
    if (before === "QUIET_PERIOD" && word === "OPEN") this.world.complain(`${key} was opened in its quiet period`)
  }

  /** A request leaves the host. */
  sent(run: TradeRun | undefined, { body, method, path }: ApiRequest): void {
    if (method === "PATCH" && path.startsWith("/v2/orders/")) {
      const id = this.rows.clientIdOf(path.slice("/v2/orders/".length))
      if (id !== undefined) this.judge(run, id, "changed")
      return
    }
    if (method !== "POST" || path !== "/v2/orders") return
    const { client_order_id: id = "" } = wireFields(body)
    this.checks++
    const sending = this.rows.sendingOf(id)
    if (sending === undefined || sending === "intended") {
      this.world.complain(
        `order ${id} leaves for the venue, and the book ${sending === undefined ? "has no intent" : "says it was not sent"}`
      )
    }
    this.judge(run, id, "sent")
  }

  /** A request has reached the venue and had its effect. */
  arrived({ body, method, path }: ApiRequest, { status }: ApiAnswer): void {
    if (method !== "POST" || path !== "/v2/orders") return
    const { client_order_id: id = "" } = wireFields(body)
    this.checks++
    const before = this.posts.get(id)
    if (before !== undefined && !before.repeatable) {
      this.world.complain(`order ${id} was sent again ${this.world.time.nowMs - before.atMs} ms after its first POST`)
    }
    this.posts.set(id, { atMs: this.world.time.nowMs, repeatable: status === 429 })
  }

  private wordOf(key: string, text: string): string | undefined {
    const nowMs = this.world.time.nowMs
    const state = this.closed.get(key) ?? { entriesSinceMs: undefined, allSinceMs: undefined, quietEndsMs: undefined }
    if (key === killSwitchKey) {
      const record = killSwitchOf(text)
      if (record === undefined) return undefined
      const isEngaged = record.state === "engaged"
      state.entriesSinceMs = isEngaged ? (state.entriesSinceMs ?? nowMs) : undefined
      state.allSinceMs = isEngaged && record.scope === "all" ? (state.allSinceMs ?? nowMs) : undefined
      this.closed.set(key, state)
      return isEngaged ? "ENGAGED" : "ACTIVE"
    }
    if (!key.startsWith("breaker.")) return undefined
    const record = breakerOf(text)
    if (record === undefined) return undefined
    this.closed.set(key, state)
    switch (record.state) {
      case "open":
        state.entriesSinceMs = undefined
        state.quietEndsMs = undefined
        return "OPEN"
      case "tripped":
        if (state.quietEndsMs !== undefined && nowMs > state.quietEndsMs) state.entriesSinceMs = undefined
        state.entriesSinceMs ??= nowMs
        state.quietEndsMs = undefined
        return "TRIPPED"
      case "quietPeriod":
        // It is counted from the time in the record, which the clock of the host that wrote it has given.
        state.quietEndsMs = Math.min(nowMs, record.resetAtMs ?? nowMs) + quietPeriodMs
        return "QUIET_PERIOD"
    }
  }

  private allowedBy(command: Command, key: string): void {
    const askedMs = this.commands.get(command)
    if (askedMs !== undefined && this.world.time.nowMs - askedMs <= commandMs) return
    this.world.complain(`${key} was changed as if by ${command}, and no operator asked for it`)
  }

  /** An entry must not leave while something forbids it that is older than the bound of its delivery. */
  private judge(run: TradeRun | undefined, id: string, how: "sent" | "changed"): void {
    const nowMs = this.world.time.nowMs
    const order = this.rows.orderOf(id)
    if (order === undefined) return
    const isEntry = !order.isExit && !this.rows.reducesNow(order)
    this.checks++
    if (run !== undefined && how === "sent" && isEntry && run.reconciledMs === undefined && !run.forced) {
      this.world.complain(`entry ${id} was sent before this process has reconciled`)
    }
    for (const key of [
      killSwitchKey,
      accountBreakerKey,
      strategyBreakerKey(order.strategyId),
      symbolBreakerKey(order.symbol)
    ]) {
      const { allSinceMs, entriesSinceMs, quietEndsMs } = this.closed.get(key) ?? {}
      // A wall clock that is ahead ends a quiet period early for a process that starts then.
      const hostMs = nowMs + Math.max(0, this.world.host.skewMs)
      if (quietEndsMs !== undefined && hostMs >= quietEndsMs - deliveryMs) continue
      const sinceMs = isEntry ? entriesSinceMs : allSinceMs
      if (sinceMs === undefined || nowMs - sinceMs <= deliveryMs) continue
      this.world.complain(
        `${isEntry ? "entry" : "exit"} ${id} was ${how} ${nowMs - sinceMs} ms after ${key} became ${this.words.get(key) ?? "missing"}`
      )
    }
    const worst = isEntry && how === "sent" ? this.rows.worstShares(order.symbol, order.side) : 0n
    if (worst > sharesMax) {
      this.world.complain(`entry ${id} was sent, and ${Number(worst) / 1e9} shares of ${order.symbol} may be held then`)
    }
    const quarantinedMs = this.rows.quarantinedSinceMs(order.symbol, nowMs)
    if (isEntry && how === "sent" && quarantinedMs !== undefined && nowMs - quarantinedMs > deliveryMs) {
      this.world.complain(
        `entry ${id} was sent, and ${order.symbol} has an order that is not ours for ${nowMs - quarantinedMs} ms`
      )
    }
  }
}
