import type { FeedMode, SwitchRecord } from "../../kernel/feed-switch.ts"
import type { MarketHours } from "../../market/ports/market-hours.ts"
import type { SimFront } from "../world/sim-front.ts"

/** A cold feed and its process need this long to stop before the other one starts. */
const recentTicks = 400

/**
 * Checks the switches of one run: each commits on a tick after its command, none happens during a hold or in a closed
 * market.
 */
export class SwitchWitness {
  checks = 0
  /** Number of committed switches. */
  commits = 0
  private readonly options: ConstructorParameters<typeof SwitchWitness>[0]
  private heldSinceMs: number | undefined
  /** Arrival times of each feed's ticks, the newest last. */
  private readonly came = new Map<string, Array<number>>()

  constructor(options: {
    readonly mode: FeedMode
    readonly hours: MarketHours
    readonly fronts: () => ReadonlyArray<SimFront>
    readonly complain: (sentence: string) => void
  }) {
    this.options = options
  }

  /** A tick has arrived at the ring of a feed. */
  noteTick(feed: string, cameMs: number): void {
    // The ring's timestamps have whole milliseconds.
    const atMs = Math.round(cameMs)
    const times = this.came.get(feed) ?? []
    this.came.set(feed, times)
    if (times.at(-1) === atMs) return
    times.push(atMs)
    if (times.length > recentTicks) times.shift()
  }

  /** An operator has set or released the hold. */
  noteHold(held: boolean, nowMs: number): void {
    this.heldSinceMs = held ? (this.heldSinceMs ?? nowMs) : undefined
  }

  noteRecord(record: SwitchRecord): void {
    const { askedMs, cause, committedMs, endedMs, from, result, to } = record
    const { complain, hours } = this.options
    this.checks += 3
    const isUnasked = cause === "auto" || cause === "repair"
    const who = `the switch from ${from} to ${to}, requested at ${new Date(askedMs).toISOString()},`
    if (isUnasked && this.heldSinceMs !== undefined && this.heldSinceMs < askedMs) {
      complain(`${who} began automatically during a hold`)
    }
    if (isUnasked && hours.phaseAt(askedMs - 1) !== "trading" && hours.phaseAt(askedMs) !== "trading") {
      complain(`${who} began automatically while the market was ${hours.phaseAt(askedMs)}`)
    }
    if (result !== "committed") return
    this.commits++
    if (committedMs === undefined) return complain(`${who} is committed without a tick`)
    // Nanoseconds of the ring as a double: whole milliseconds, except for the last bits.
    const tickMs = Math.round(committedMs)
    if (tickMs < Math.floor(askedMs) || tickMs > Math.round(endedMs)) {
      complain(`${who} is committed on a tick of ${new Date(committedMs).toISOString()}`)
    }
    if (this.came.get(to)?.includes(tickMs) !== true) {
      complain(`${who} is committed on a tick of ${new Date(committedMs).toISOString()}, and none arrived then`)
    }
  }

  /** Periodic. */
  look(roles: ReadonlyArray<string>): void {
    const { complain, fronts, mode } = this.options
    this.checks += 2
    if (roles.filter((role) => role === "active").length > 1) complain("two feeds call themselves active")
    if (mode === "cold" && fronts().every(({ loggedIn }) => loggedIn)) {
      complain("both feeds of a cold pair are logged in")
    }
  }
}
