import type { SimFront } from "../world/sim-front.ts"
import type { World } from "../world/world.ts"
import type { Dice } from "./dice.ts"
import { type FaultKind, type Injected, trouble } from "./fault-kind.ts"
import { reasons } from "./front-troubles.ts"

/** Makes fronts unreachable for a while. */
const down = (fronts: ReadonlyArray<SimFront>, lastsMs: number): Injected => {
  for (const front of fronts) {
    front.troubles.unreachable = true
    front.disconnect(reasons.readFailed)
  }
  return {
    text: `${fronts.map(({ feed }) => feed).join(", ")} for ${lastsMs} ms`,
    lastsMs,
    end: () => {
      for (const { troubles } of fronts) troubles.unreachable = false
    }
  }
}

/** Loses its link repeatedly, as long as the trouble lasts and the worker runs. */
const flap = (front: SimFront): void => {
  const { flapEveryMs } = front.troubles
  if (flapEveryMs === 0) return
  front.disconnect(reasons.readFailed)
  front.worker.after(flapEveryMs, () => flap(front))
}

const activeOf = (world: World): SimFront | undefined => {
  const life = world.life()
  return life?.fronts.find(({ feed }) => feed === life.pair?.feedSwitch.active())
}

/** An operator requests a switch, sometimes with force; it may be refused. */
const command = (world: World, dice: Dice): Injected | undefined => {
  const feedSwitch = world.life()?.pair?.feedSwitch
  if (feedSwitch === undefined) return undefined
  const to = dice.pick(feedSwitch.feeds)
  const force = dice.whole(1, 4) === 1
  const ask = { to, cause: dice.pick(["manual", "drill"] as const), force }
  const refused = feedSwitch.refusal(ask)
  if (refused !== undefined) return { text: `to ${to}: refused, ${refused}` }
  feedSwitch.request({ ...ask, id: `command-${dice.whole(1, 1e9)}` })
  return { text: `to ${to}${force ? ", with force" : ""}` }
}

/** Faults of the two feeds as a pair, in addition to those of each feed. */
export const pairFaults: ReadonlyArray<FaultKind> = [
  {
    name: "active_front_down",
    weight: 6,
    inject: (world, dice) => {
      const front = activeOf(world)
      return front === undefined ? undefined : down([front], dice.whole(500, 40_000))
    }
  },
  {
    name: "both_fronts_down",
    weight: 2,
    inject: (world, dice) => {
      const life = world.life()
      return life === undefined ? undefined : down(life.fronts, dice.whole(500, 20_000))
    }
  },
  trouble("feed_behind", 5, "behind", () => true, 12_000),
  trouble("ticks_lost", 4, "lossShare", (dice) => dice.whole(1, 40) / 100, 30_000),
  {
    name: "front_flaps",
    weight: 3,
    inject: (world, dice) => {
      const front = activeOf(world)
      if (front === undefined) return undefined
      const everyMs = dice.whole(1500, 9000)
      const lastsMs = dice.whole(10_000, 60_000)
      front.troubles.flapEveryMs = everyMs
      flap(front)
      return {
        text: `${front.feed} every ${everyMs} ms for ${lastsMs} ms`,
        lastsMs,
        end: () => {
          front.troubles.flapEveryMs = 0
        }
      }
    }
  },
  { name: "switch_requested", weight: 8, inject: command },
  {
    name: "switches_held",
    weight: 3,
    inject: (world, dice) => {
      const pair = world.life()?.pair
      if (pair === undefined) return undefined
      const lastsMs = dice.whole(1000, 60_000)
      pair.hold(true)
      return { text: `for ${lastsMs} ms`, lastsMs, end: () => pair.hold(false) }
    }
  }
]
