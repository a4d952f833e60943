import { double, recordF64, recordI32, word } from "../../domain/tick-slab.ts"
import type { Dice } from "./dice.ts"
import { type FrontTroubles, reasons, type SimFront } from "./sim-front.ts"
import type { World } from "./world.ts"

/** What a fault did; `undefined` when the world lent itself to nothing. `endsMs`: when it is taken back, from now. */
export interface Injected {
  readonly text: string
  readonly lastsMs?: number
  readonly end?: () => void
}

export interface FaultKind {
  readonly name: string
  /** How often it is drawn, against the others. */
  readonly weight: number
  readonly inject: (world: World, dice: Dice) => Injected | undefined
}

type Trouble = keyof FrontTroubles

const frontOf = (world: World, dice: Dice): SimFront => dice.pick(world.fronts)

/** A trouble of one front that lasts a while. */
const trouble = <Key extends Trouble>(
  name: string,
  weight: number,
  key: Key,
  value: (dice: Dice) => FrontTroubles[Key],
  longestMs: number,
  then: (front: SimFront) => void = () => undefined
): FaultKind => ({
  name,
  weight,
  inject: (world, dice) => {
    const front = frontOf(world, dice)
    const lastsMs = dice.whole(500, longestMs)
    front.troubles[key] = value(dice)
    then(front)
    return {
      text: `${front.feed} for ${lastsMs} ms: ${String(front.troubles[key])}`,
      lastsMs,
      end: () => {
        front.troubles[key] = (typeof front.troubles[key] === "boolean" ? false : 0) as FrontTroubles[Key]
      }
    }
  }
})

const once = (
  name: string,
  weight: number,
  act: (front: SimFront, dice: Dice, world: World) => boolean
): FaultKind => ({
  name,
  weight,
  inject: (world, dice) => {
    const front = frontOf(world, dice)
    return act(front, dice, world) ? { text: front.feed } : undefined
  }
})

const spoilt = (name: string, weight: number, spoil: (i32: Int32Array, f64: Float64Array) => void): FaultKind =>
  once(name, weight, (front, dice) =>
    front.sendSpoilt(dice.whole(1, 20), (record) => {
      const buffer = record.buffer as ArrayBuffer
      spoil(new Int32Array(buffer, 0, recordI32), new Float64Array(buffer, 0, recordF64))
    })
  )

const outage = (world: World, dice: Dice, longestMs: number, wipes: boolean): Injected => {
  const lastsMs = dice.whole(100, longestMs)
  world.stream.down = true
  world.stream.breakAll(dice.next(), "the server went away")
  if (wipes) world.wipeStore()
  return {
    text: `for ${lastsMs} ms`,
    lastsMs,
    end: () => {
      world.stream.down = false
      world.stream.resume()
    }
  }
}

/** Every kind of fault that a seed may draw. docs/SIMULATION.md lists them by the same names. */
export const faultKinds: ReadonlyArray<FaultKind> = [
  // Fronts and the vendor's library.
  trouble(
    "front_unreachable",
    4,
    "unreachable",
    () => true,
    40_000,
    (front) => front.disconnect(reasons.readFailed)
  ),
  trouble(
    "front_hangs_up",
    4,
    "hangsUp",
    () => true,
    20_000,
    (front) => front.disconnect(reasons.readFailed)
  ),
  trouble(
    "front_garbage_storm",
    1,
    "garbage",
    () => true,
    2500,
    (front) => front.disconnect(reasons.badMessage)
  ),
  once("front_disconnects", 6, (front) => front.disconnect(reasons.readFailed)),
  trouble(
    "login_unanswered",
    4,
    "loginUnanswered",
    () => true,
    30_000,
    (front) => front.disconnect(reasons.readFailed)
  ),
  trouble(
    "login_refused",
    4,
    "loginError",
    (dice) => dice.pick([7, 8, 90]),
    30_000,
    (front) => front.disconnect(reasons.readFailed)
  ),
  trouble(
    "login_refused_for_good",
    1,
    "loginError",
    () => 3,
    5000,
    (front) => front.disconnect(reasons.readFailed)
  ),
  trouble("half_open_link", 4, "halfOpen", () => true, 130_000),
  trouble("feed_silent", 3, "ticksStopped", () => true, 60_000),
  trouble(
    "acks_missing",
    3,
    "acksMissing",
    (dice) => dice.whole(1, 10),
    30_000,
    (front) => front.disconnect(reasons.readFailed)
  ),
  trouble(
    "subscribe_unanswered",
    3,
    "subscribeUnanswered",
    () => true,
    30_000,
    (front) => front.disconnect(reasons.readFailed)
  ),
  trouble(
    "flow_control",
    3,
    "flowControl",
    (dice) => dice.pick([-2, -3]),
    8000,
    (front) => front.disconnect(reasons.readFailed)
  ),
  once("heartbeat_warning", 2, (front) => front.warnHeartbeat()),
  once("logged_out", 3, (front) => front.logout()),
  // What fronts send.
  spoilt("ticks_repeated", 4, () => undefined),
  spoilt("ticks_crossed", 2, (_, f64) => {
    f64[double.bidPrice1] = (f64[double.askPrice1] as number) + 100
  }),
  spoilt("ticks_fall_back", 2, (i32) => {
    i32[word.updateSec] = Math.max(0, (i32[word.updateSec] as number) - 5)
    i32[word.volume] = Math.max(0, (i32[word.volume] as number) - 1000)
  }),
  spoilt("ticks_garbled", 2, (_, f64) => {
    f64[double.last] = Number.NaN
  }),
  spoilt("ticks_unknown", 2, (i32) => {
    i32[word.instrument] = 65_000
  }),
  // Market and host.
  {
    name: "market_burst",
    weight: 3,
    inject: (world, dice) => {
      const times = dice.whole(5, 30)
      for (let at = 0; at < times; at++) world.burst()
      return { text: `${times} snapshots at once` }
    }
  },
  trouble("event_loop_stalls", 3, "doorbellLateMs", (dice) => dice.whole(100, 3000), 6000),
  // Worker processes and actors.
  once("worker_crashes", 5, (front, dice) => front.crash(dice.pick(["SIGSEGV", "SIGKILL", "SIGABRT"]))),
  once("worker_hangs", 2, (front) => front.crash(null, 70)),
  once("session_crashes", 3, (front, _, world) => world.crashSession(front.feed)),
  {
    name: "crash_loop",
    weight: 1,
    inject: (world, dice) => {
      const front = frontOf(world, dice)
      const lastsMs = dice.whole(10_000, 40_000)
      front.troubles.crashAfterMs = dice.whole(150, 400)
      front.crash("SIGSEGV")
      const stopLoop = world.crashSessionEvery(front.feed, dice.whole(60, 300))
      return {
        text: `${front.feed} for ${lastsMs} ms`,
        lastsMs,
        end: () => {
          front.troubles.crashAfterMs = 0
          stopLoop()
        }
      }
    }
  },
  { name: "publisher_crashes", weight: 3, inject: (world) => (world.crashPublisher() ? { text: "armed" } : undefined) },
  { name: "link_crashes", weight: 2, inject: (world) => (world.crashLink() ? { text: "armed" } : undefined) },
  // The broker.
  {
    name: "broker_connection_lost",
    weight: 4,
    inject: (world, dice) => {
      world.stream.breakAll(dice.next(), "connection reset")
      return { text: "" }
    }
  },
  { name: "broker_away", weight: 4, inject: (world, dice) => outage(world, dice, 30_000, false) },
  { name: "broker_restarts_empty", weight: 1, inject: (world, dice) => outage(world, dice, 5000, true) },
  {
    name: "broker_stalls",
    weight: 3,
    inject: (world, dice) => {
      const lastsMs = dice.whole(200, 20_000)
      world.stream.stalls++
      return {
        text: `for ${lastsMs} ms`,
        lastsMs,
        end: () => {
          world.stream.stalls--
          world.stream.resume()
        }
      }
    }
  },
  {
    name: "acks_late",
    weight: 3,
    inject: (world, dice) => {
      const lastsMs = dice.whole(500, 20_000)
      world.stream.ackMs = dice.whole(100, 6000)
      return { text: `${world.stream.ackMs} ms for ${lastsMs} ms`, lastsMs, end: () => void (world.stream.ackMs = 1) }
    }
  },
  {
    name: "acks_lost",
    weight: 3,
    inject: (world) => {
      // Stored, and the connection dies before the answers arrive.
      world.stream.ackMs = 50
      return {
        text: "answers of 40 ms",
        lastsMs: 540,
        end: () => {
          world.stream.ackMs = 1
          world.stream.breakAll(1, "died after the store")
        }
      }
    }
  },
  {
    name: "died_before_the_store",
    weight: 3,
    inject: (world) => {
      world.stream.stalls++
      return {
        text: "in-flight messages never stored",
        lastsMs: 600,
        end: () => {
          world.stream.breakAll(0, "died before the store")
          world.stream.stalls--
          world.stream.resume()
        }
      }
    }
  },
  {
    name: "stream_full",
    weight: 3,
    inject: (world, dice) => {
      const lastsMs = dice.whole(200, 15_000)
      world.stream.isFull = true
      return { text: `for ${lastsMs} ms`, lastsMs, end: () => void (world.stream.isFull = false) }
    }
  },
  {
    name: "foreign_writer",
    weight: 1,
    inject: (world, dice) => {
      const count = dice.whole(1, 5)
      for (let at = 0; at < count; at++) world.stream.storeForeign("md.tick.SHFE.rb.foreign", `{"foreign":${at}}`)
      return { text: `${count} messages` }
    }
  }
]

const weights = faultKinds.reduce((sum, { weight }) => sum + weight, 0)

export const drawFault = (dice: Dice): FaultKind => {
  let at = dice.next() * weights
  for (const kind of faultKinds) {
    at -= kind.weight
    if (at < 0) return kind
  }
  return faultKinds[0] as FaultKind
}
