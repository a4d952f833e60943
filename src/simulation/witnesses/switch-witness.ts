import type { FeedMode, SwitchRecord } from "../../kernel/feed-switch.ts"
import type { MarketHours } from "../../market/ports/market-hours.ts"
import type { SimFront } from "../world/sim-front.ts"

/** A cold feed takes this long to go, its process included, before the other one comes. */
const recentTicks = 400

/** Watches the switches of one life: each commits on a tick that came behind its order, none happens against a hold or a closed market. */
export class SwitchWitness {
  checks = 0
  /** Switches that committed. */
  commits = 0
  private readonly options: ConstructorParameters<typeof SwitchWitness>[0]
  private heldSinceMs: number | undefined
  /** When ticks of each feed came, the newest last. */
  private readonly came = new Map<string, Array<number>>()

  constructor(options: {
    readonly mode: FeedMode
    readonly hours: MarketHours
    readonly fronts: () => ReadonlyArray<SimFront>
    readonly complain: (sentence: string) => void
  }) {
    this.options = options
  }

  /** A tick has come to the ring of a feed. */
  noteTick(feed: string, cameMs: number): void {
    // The ring stamps whole milliseconds.
    const atMs = Math.round(cameMs)
    const times = this.came.get(feed) ?? []
    this.came.set(feed, times)
    if (times.at(-1) === atMs) return
    times.push(atMs)
    if (times.length > recentTicks) times.shift()
  }

  /** An operator has set the hold, or taken it back. */
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
      complain(`${who} was begun by itself although a hold was on`)
    }
    if (isUnasked && hours.phaseAt(askedMs - 1) !== "trading" && hours.phaseAt(askedMs) !== "trading") {
      complain(`${who} was begun by itself while the market was ${hours.phaseAt(askedMs)}`)
    }
    if (result !== "committed") return
    this.commits++
    if (committedMs === undefined) return complain(`${who} is committed without a tick`)
    // Nanoseconds of the ring, as a double: a whole millisecond but for the last bits.
    const tickMs = Math.round(committedMs)
    if (tickMs < Math.floor(askedMs) || tickMs > Math.round(endedMs)) {
      complain(`${who} is committed on a tick of ${new Date(committedMs).toISOString()}`)
    }
    if (this.came.get(to)?.includes(tickMs) !== true) {
      complain(`${who} is committed on a tick of ${new Date(committedMs).toISOString()}, and none came then`)
    }
  }

  /** To be asked now and then. */
  look(roles: ReadonlyArray<string>): void {
    const { complain, fronts, mode } = this.options
    this.checks += 2
    if (roles.filter((role) => role === "active").length > 1) complain("two feeds call themselves active")
    if (mode === "cold" && fronts().every(({ loggedIn }) => loggedIn)) {
      complain("both feeds of a cold pair are logged in")
    }
  }
}
