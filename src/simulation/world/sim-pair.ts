import type { PhaseBoard } from "../../../actors/market/market-hours-actor.ts"
import type { Registry } from "../../../actors/runtime/registry.ts"
import type { FeedMode } from "../../kernel/feed-switch.ts"
import type { InstrumentDirectory } from "../../kernel/instrument/instrument-directory.ts"
import type { FeedIntegrity } from "../../market/application/integrity/feed-integrity.ts"
import { Staleness } from "../../market/application/silence/staleness.ts"
import { failoverSettings } from "../../market/config/failover-settings.ts"
import { makeDaemonSwitch } from "../../market/layers/failover/daemon-switch.ts"
import { Dice } from "../faults/dice.ts"
import type { Trace } from "../trace.ts"
import type { PrintWitness } from "../witnesses/print-witness.ts"
import type { SwitchWitness } from "../witnesses/switch-witness.ts"
import { feedNames } from "./scale.ts"
import type { SimHours } from "./sim-hours.ts"
import type { SimLine } from "./sim-line.ts"
import type { WireOfPair } from "./sim-wire.ts"

/** One seed in so many has a pair, and one pair in so many is a cold one. */
const pairs = 3
const coldPairs = 5
/** Longest way of a tick from a front, milliseconds. */
const farthestMs = 120
/** So far apart the silence of the feeds is looked at, as the health of the daemon does. */
const silenceEveryMs = 100

/** How the two feeds of a world stand to each other; undefined: each stands for itself. */
export const pairModeOf = (seed: number): FeedMode | undefined => {
  const dice = new Dice(seed, 8)
  if (dice.whole(1, pairs) !== 1) return undefined
  return dice.whole(1, coldPairs) === 1 ? "cold" : "hot"
}

/** The wire of one feed of a pair: each front is as far away as it is. */
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

/** The failover of one life over the lines of its two feeds, with the settings of a daemon that nobody configured; undefined: it has none. */
export const makeSimPair = (options: {
  readonly mode: FeedMode | undefined
  readonly around: { readonly trace: Trace; readonly hours: SimHours }
  readonly lines: ReadonlyArray<SimLine>
  readonly feedIntegrity: ReadonlyArray<FeedIntegrity>
  readonly directory: InstrumentDirectory
  readonly phases: Pick<PhaseBoard, "listen">
  readonly registry: Registry
  readonly nowMs: () => number
  readonly switches: SwitchWitness
}) => {
  const { mode, around, lines, directory, registry, nowMs, switches } = options
  const { hours, trace } = around
  if (mode === undefined) return undefined
  const laws = hours.laws(directory)
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
  const silentMs = (feed: string): number => {
    const silence = silences.get(feed)
    if (silence === undefined) return 0
    if (nowMs() - silence.lookedMs >= silenceEveryMs) {
      silence.lookedMs = nowMs()
      silence.staleness.look(silence.lookedMs)
    }
    return silence.staleness.last().silentMs
  }
  const feedSwitch = makeDaemonSwitch({
    config: { failover: failoverSettings({ MD_FAILOVER_MODE: mode }), ctp: { preferred: feedNames[0] } },
    feeds: lines,
    feedIntegrity: options.feedIntegrity,
    phases: options.phases,
    registry,
    log: { write: (level, message) => trace.note("failover", `${level} ${message}`) },
    silentMs
  })
  if (feedSwitch === undefined) throw new Error("a pair has two feeds")
  feedSwitch.onRecord((record) => switches.noteRecord(record))
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
