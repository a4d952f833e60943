import { Effect } from "effect"
import { makeFeedGate } from "../../../actors/runtime/feed-gate.ts"
import type { InstrumentDirectory } from "../../kernel/instrument/instrument-directory.ts"
import { RateWindow } from "../../kernel/limits/rate-window.ts"
import { makeCtpFront } from "../../market/adapters/ctp/ctp-front.ts"
import { MemoryRing } from "../../market/adapters/memory/memory-ring.ts"
import { TickLedger } from "../../market/application/intake/ledger.ts"
import { TickArrivals } from "../../market/application/intake/tick-arrivals.ts"
import { Subscriptions } from "../../market/application/subscriptions/subscriptions.ts"
import type { FeedLine } from "../../market/layers/feeds/feed-line.ts"
import { makeFeedRole } from "../../market/layers/feeds/feed-role.ts"
import { Dice } from "../faults/dice.ts"
import type { SessionCrashes } from "../faults/session-crashes.ts"
import type { Trace } from "../trace.ts"
import { bounds } from "./scale.ts"
import { SimFront } from "./sim-front.ts"
import type { SimMarket } from "./sim-market.ts"
import type { WireOfPair } from "./sim-wire.ts"
import type { SimTime } from "./virtual-time.ts"

/** Small, so that an outage of half a minute fills the line up to the ring. */
const ringSlots = 1024

/** Few, so that the request rate matters. */
const subscribePerSecond = 20
const loginsPerMinute = 10

/** One feed up to its ring: the real front adapter over a simulated worker. */
export interface SimLine extends FeedLine {
  readonly front: SimFront
}

export const makeSimLine = Effect.fnUntraced(function* (options: {
  readonly feed: string
  readonly feedIndex: number
  readonly seed: number
  /** Number of the process: each has a ring and a worker of its own. */
  readonly life: number
  readonly time: SimTime
  readonly trace: Trace
  readonly market: SimMarket
  readonly directory: InstrumentDirectory
  readonly crashes: SessionCrashes
  /** Called with the number of each tick that the full ring drops. */
  readonly dropped: (seq: number) => void
  /** Called when the feed was held back and is not any more. */
  readonly opened: () => void
  /** Omit: the feeds are no pair. */
  readonly pair: WireOfPair | undefined
}) {
  const { crashes, feed, feedIndex, seed, time, trace, market } = options
  const ring = new MemoryRing(ringSlots)
  ring.onDrop = options.dropped
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
  const role = makeFeedRole()
  const gate = makeFeedGate()
  const line: SimLine = {
    ...role,
    onMailbox: (entrance) => {
      crashes.connect(feed, entrance)
      role.onMailbox(entrance)
    },
    feed,
    index: feedIndex,
    front,
    ctp,
    ledger: new TickLedger(feed, ctp.ringCounts),
    asking: {
      arrivals,
      subscriptions,
      logins: { lastLoginMs: 0, limit: { window: new RateWindow(60_000), most: loginsPerMinute } },
      timeoutMs: bounds.subscribeTimeoutMs
    },
    gate: {
      ...gate,
      open: () => {
        if (!gate.isOpen()) options.opened()
        gate.open()
      }
    },
    userId: "",
    lagTicks: ringSlots / 2,
    seed
  }
  return line
})
