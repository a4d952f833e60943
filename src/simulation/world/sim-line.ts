import { Effect } from "effect"
import type { LoginMemory } from "../../../actors/market/session-actor.ts"
import { makeFeedGate } from "../../../actors/runtime/feed-gate.ts"
import type { InstrumentDirectory } from "../../kernel/instrument/instrument-directory.ts"
import { RateWindow } from "../../kernel/limits/rate-window.ts"
import { makeCtpFront } from "../../market/adapters/ctp/ctp-front.ts"
import { MemoryRing } from "../../market/adapters/memory/memory-ring.ts"
import { TickLedger } from "../../market/application/intake/ledger.ts"
import { TickArrivals } from "../../market/application/intake/tick-arrivals.ts"
import { Subscriptions } from "../../market/application/subscriptions/subscriptions.ts"
import { makeFeedRole } from "../../market/layers/feeds/feed-role.ts"
import { Dice } from "../faults/dice.ts"
import type { Trace } from "../trace.ts"
import { SimFront } from "./sim-front.ts"
import type { SimMarket } from "./sim-market.ts"
import type { WireOfPair } from "./sim-wire.ts"
import type { SimTime } from "./virtual-time.ts"

/** Small, so that an outage of half a minute fills the line up to the ring. */
const ringSlots = 1024
/** Ticks unread in the ring that the session calls lag. */
export const lagTicks = ringSlots / 2

/** So few that the pace of asking is seen. */
const subscribePerSecond = 20
const loginsPerMinute = 10

export type SimLine = Effect.Success<ReturnType<typeof makeSimLine>>

/** One feed up to its ring: the real front adapter over a simulated worker. */
export const makeSimLine = Effect.fnUntraced(function* (options: {
  readonly feed: string
  readonly feedIndex: number
  readonly seed: number
  /** Which life of the daemon: each has a ring and a worker of its own. */
  readonly life: number
  readonly time: SimTime
  readonly trace: Trace
  readonly market: SimMarket
  readonly directory: InstrumentDirectory
  readonly onDrop: (seq: number) => void
  /** The feed was held back and is not any more. */
  readonly onOpen: () => void
  /** Unset: the feed stands for itself. */
  readonly pair: WireOfPair | undefined
}) {
  const { feed, feedIndex, seed, time, trace, market } = options
  const ring = new MemoryRing(ringSlots)
  ring.onDrop = options.onDrop
  const front = new SimFront({
    feed,
    time,
    ring,
    market,
    dice: new Dice(seed, 10 + feedIndex + 100 * options.life),
    trace,
    pair: options.pair
  })
  const ctp = yield* makeCtpFront({
    feed,
    binary: "",
    library: "",
    flowDir: "",
    fronts: [],
    production: false,
    brokerId: "9999",
    userId: feed,
    password: () => "",
    onLine: () => undefined,
    onControl: () => undefined,
    host: front.worker.host
  })
  const arrivals = new TickArrivals()
  const subscriptions = new Subscriptions({
    feed,
    wanted: market.contracts.map(({ id }) => id),
    limits: { perSecond: subscribePerSecond, priority: ["IF*"], answerMs: 10_000 },
    directory: options.directory,
    arrivals,
    nowMs: () => time.nowMs
  })
  const logins: LoginMemory = { lastLoginMs: 0, limit: { window: new RateWindow(60_000), most: loginsPerMinute } }
  const gate = makeFeedGate()
  return {
    ...makeFeedRole(),
    feed,
    index: feedIndex,
    front,
    ctp,
    ledger: new TickLedger(feed, ctp.ringCounts),
    asking: { arrivals, subscriptions, logins },
    gate: {
      ...gate,
      open: () => {
        if (!gate.isOpen()) options.onOpen()
        gate.open()
      }
    }
  }
})
