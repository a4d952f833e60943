import { type FaultKind, frontOf, once, trouble } from "./fault-kind.ts"

/** Faults of the market, of this host, and of the daemon's own processes and actors. */
export const hostFaults: ReadonlyArray<FaultKind> = [
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
  once("worker_crashes", 5, (front, dice) => front.worker.end(null, dice.pick(["SIGSEGV", "SIGKILL", "SIGABRT"]))),
  once("worker_hangs", 2, (front) => front.worker.end(70, null)),
  once("session_crashes", 3, (front, _, world) => world.life()?.crashSession(front.feed) === true),
  {
    name: "crash_loop",
    weight: 1,
    inject: (world, dice) => {
      const front = frontOf(world, dice)
      if (front === undefined) return undefined
      const lastsMs = dice.whole(10_000, 40_000)
      front.troubles.crashAfterMs = dice.whole(150, 400)
      front.worker.end(null, "SIGSEGV")
      const stopLoop = world.life()?.crashSessionEvery(front.feed, dice.whole(60, 300))
      return {
        text: `${front.feed} for ${lastsMs} ms`,
        lastsMs,
        end: () => {
          front.troubles.crashAfterMs = 0
          stopLoop?.()
        }
      }
    }
  },
  {
    name: "publisher_crashes",
    weight: 3,
    inject: (world) => (world.life()?.crashPublisher() === true ? { text: "armed" } : undefined)
  },
  {
    name: "link_crashes",
    weight: 2,
    inject: (world) => (world.life()?.crashLink() === true ? { text: "armed" } : undefined)
  }
]
