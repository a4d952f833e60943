import type { PhaseSource } from "../../kernel/calendar/trading-phase.ts"
import type { FeedMode } from "../../kernel/feed-switch.ts"
import type { InstrumentDirectory } from "../../kernel/instrument/instrument-directory.ts"
import { Staleness } from "../../market/application/silence/staleness.ts"
import type { Failover } from "../../market/layers/failover/failover-layer.ts"
import type { FeedLine } from "../../market/layers/feeds/feed-line.ts"
import type { FeedSilence } from "../../market/layers/lowest.ts"
import { Dice } from "../faults/dice.ts"
import type { PrintWitness } from "../witnesses/print-witness.ts"
import type { SwitchWitness } from "../witnesses/switch-witness.ts"
import { feedNames } from "./scale.ts"
import type { WireOfPair } from "./sim-wire.ts"

/** One seed in this many has a pair, and one pair in this many is a cold one. */
const pairs = 3
const coldPairs = 5
/** Longest delay of a tick from a front, milliseconds. */
const farthestMs = 120
/** Interval of the silence check, as in the daemon. */
const silenceEveryMs = 100

/** Mode of the two feeds of a world; undefined: each is independent. */
export const pairModeOf = (seed: number): FeedMode | undefined => {
  const dice = new Dice(seed, 8)
  if (dice.whole(1, pairs) !== 1) return undefined
  return dice.whole(1, coldPairs) === 1 ? "cold" : "hot"
}

/** The wire of one feed of a pair, with its own delay. */
export const wireOf = (
  { seed, prints }: { readonly seed: number; readonly prints: PrintWitness | undefined },
  life: number,
  feed: number,
  switches: SwitchWitness
): WireOfPair | undefined => {
  if (prints === undefined) return undefined
  return {
    delayMs: new Dice(seed, 20 + feed).whole(0, farthestMs),
    dice: new Dice(seed, 30 + feed + 100 * life),
    onLost: (print) => prints.noteLost(life, feed, print),
    onTick: (print, seq, isTaken, atMs) => {
      prints.noteTick(life, feed, { print, seq, isTaken, atMs })
      switches.noteTick(feedNames[feed] ?? "", atMs)
    }
  }
}

/**
 * How long each feed of a pair has been silent. The simulated daemon has no health child with a periodic check, so
 * the feeds are checked at each query of the failover. Without a pair there are no queries.
 */
export const makeSimSilence = (options: {
  readonly laws: PhaseSource
  readonly lines: ReadonlyArray<FeedLine>
  readonly directory: InstrumentDirectory
  readonly nowMs: () => number
}): FeedSilence["Service"] => {
  const { laws, lines, directory, nowMs } = options
  const silences = new Map(
    lines.map(({ feed, index, asking: { subscriptions }, ctp }) => {
      const other = lines[index === 0 ? 1 : 0]?.asking.subscriptions
      const staleness = new Staleness({
        subscriptions,
        directory,
        hours: laws,
        isRead: () => ctp.ringCounts().empty,
        ...(other === undefined ? {} : { other })
      })
      return [feed, { staleness, lookedMs: Number.NEGATIVE_INFINITY }]
    })
  )
  return {
    silentMs: (feed) => {
      const silence = silences.get(feed)
      if (silence === undefined) return 0
      if (nowMs() - silence.lookedMs >= silenceEveryMs) {
        silence.lookedMs = nowMs()
        silence.staleness.look(silence.lookedMs)
      }
      return silence.staleness.last().silentMs
    },
    lateMs: () => 0,
    isLiquidNow: (feed) => (silences.get(feed)?.staleness.liquidNow(nowMs()) ?? 0) > 0
  }
}

/** What faults and witnesses reach of a pair; undefined: the feeds are no pair. */
export const simPairOf = (
  mode: FeedMode | undefined,
  feedSwitch: Failover["Service"]["feedSwitch"],
  switches: SwitchWitness,
  nowMs: () => number
) => {
  if (mode === undefined || feedSwitch === undefined) return undefined
  return {
    mode,
    feedSwitch,
    switches,
    hold: (held: boolean) => {
      switches.noteHold(held, nowMs())
      feedSwitch.hold(held)
    }
  }
}
