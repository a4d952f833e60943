import type { World } from "../world/world.ts"
import type { Dice } from "./dice.ts"
import type { FaultKind, Injected } from "./fault-kind.ts"

const outage = (world: World, dice: Dice, longestMs: number, wipes: boolean): Injected => {
  const lastsMs = dice.whole(100, longestMs)
  world.broker.setDown(true)
  world.broker.breakAll(dice.next(), "the server went away")
  if (wipes) world.wipeStore()
  return {
    text: `for ${lastsMs} ms`,
    lastsMs,
    end: () => world.broker.setDown(false)
  }
}

/** Faults of the broker. */
export const brokerFaults: ReadonlyArray<FaultKind> = [
  {
    name: "broker_connection_lost",
    weight: 4,
    inject: (world, dice) => {
      world.broker.breakAll(dice.next(), "connection reset")
      return { text: "" }
    }
  },
  { name: "broker_away", weight: 4, inject: (world, dice) => outage(world, dice, 50_000, false) },
  { name: "broker_restarts_empty", weight: 1, inject: (world, dice) => outage(world, dice, 5000, true) },
  {
    name: "broker_stalls",
    weight: 3,
    inject: (world, dice) => {
      const lastsMs = dice.whole(200, 20_000)
      world.broker.stall(1)
      return {
        text: `for ${lastsMs} ms`,
        lastsMs,
        end: () => world.broker.stall(-1)
      }
    }
  },
  {
    name: "acks_late",
    weight: 3,
    inject: (world, dice) => {
      const lastsMs = dice.whole(500, 20_000)
      const ackMs = dice.whole(100, 6000)
      world.broker.setAckMs(ackMs)
      return { text: `${ackMs} ms for ${lastsMs} ms`, lastsMs, end: () => world.broker.setAckMs(1) }
    }
  },
  {
    name: "acks_lost",
    weight: 3,
    inject: (world) => {
      // The messages are stored, and the connection dies before the answers arrive.
      world.broker.setAckMs(50)
      return {
        text: "answers of 40 ms",
        lastsMs: 540,
        end: () => {
          world.broker.setAckMs(1)
          world.broker.breakAll(1, "died after the store")
        }
      }
    }
  },
  {
    name: "died_before_the_store",
    weight: 3,
    inject: (world) => {
      world.broker.stall(1)
      return {
        text: "in-flight messages never stored",
        lastsMs: 600,
        end: () => {
          world.broker.breakAll(0, "died before the store")
          world.broker.stall(-1)
        }
      }
    }
  },
  {
    name: "stream_full",
    weight: 3,
    inject: (world, dice) => {
      const lastsMs = dice.whole(200, 15_000)
      world.broker.setFull(true)
      return { text: `for ${lastsMs} ms`, lastsMs, end: () => world.broker.setFull(false) }
    }
  },
  {
    // Some messages are refused, later ones are stored, and no answer shows which.
    name: "refusals_lost",
    weight: 3,
    inject: (world, dice) => {
      const fullMs = dice.whole(500, 2000)
      world.broker.setAckMs(10_000)
      world.broker.setFull(true)
      world.broker.later(fullMs, () => world.broker.setFull(false))
      return {
        text: `full for ${fullMs} ms, no answer`,
        lastsMs: fullMs + dice.whole(500, 2000),
        end: () => {
          world.broker.setAckMs(1)
          world.broker.breakAll(1, "died before the answers")
        }
      }
    }
  },
  {
    name: "foreign_writer",
    weight: 1,
    inject: (world, dice) => {
      const count = dice.whole(1, 5)
      for (let at = 0; at < count; at++) world.broker.ticks.storeForeign("md.tick.SHFE.rb.foreign", `{"foreign":${at}}`)
      return { text: `${count} messages` }
    }
  }
]
