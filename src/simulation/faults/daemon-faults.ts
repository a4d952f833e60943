import { ownName } from "../world/scale.ts"
import type { RivalStart } from "../world/sim-rival.ts"
import type { World } from "../world/world.ts"
import type { Dice } from "./dice.ts"
import type { FaultKind, Injected } from "./fault-kind.ts"

/** Another daemon for a while. It ends by a stop or by a kill. */
const rival = (world: World, dice: Dice, start: RivalStart, longestMs: number): Injected | undefined => {
  if (!world.rival.start(start)) return undefined
  const lastsMs = dice.whole(500, longestMs)
  const orderly = dice.whole(1, 2) === 1
  return {
    text: `${start.instance} for ${lastsMs} ms${orderly ? "" : ", and then killed"}`,
    lastsMs,
    end: () => world.rival.end(orderly)
  }
}

/** Faults of the daemon's process, its spool's disk, and its right to write the stream. */
export const daemonFaults: ReadonlyArray<FaultKind> = [
  {
    name: "daemon_killed",
    weight: 2,
    inject: (world) => (world.kill(false) ? { text: "" } : undefined)
  },
  {
    name: "daemon_killed_in_write",
    weight: 1,
    inject: (world) => (world.killInWrite() ? { text: "armed" } : undefined)
  },
  {
    name: "host_loses_power",
    weight: 1,
    inject: (world) => (world.kill(true) ? { text: "" } : undefined)
  },
  {
    name: "daemon_restarted",
    weight: 1,
    inject: (world) => (world.restart({ takeOver: false }) ? { text: "" } : undefined)
  },
  {
    name: "disk_full",
    weight: 2,
    inject: (world, dice) => {
      const lastsMs = dice.whole(500, 20_000)
      const freeBytes = dice.whole(0, 200_000)
      world.disk.freeBytes = freeBytes
      return {
        text: `${freeBytes} bytes left for ${lastsMs} ms`,
        lastsMs,
        end: () => {
          world.disk.freeBytes = Number.POSITIVE_INFINITY
        }
      }
    }
  },
  {
    name: "disk_slow",
    weight: 1,
    inject: (world, dice) => {
      const lastsMs = dice.whole(1000, 20_000)
      const forceMs = dice.whole(200, 8000)
      world.disk.forceMs = forceMs
      return {
        text: `forcing takes ${forceMs} ms for ${lastsMs} ms`,
        lastsMs,
        end: () => {
          world.disk.forceMs = 1
        }
      }
    }
  },
  {
    name: "epoch_taken",
    weight: 2,
    inject: (world, dice) => {
      const instance = dice.pick(["rival", ownName])
      return rival(world, dice, { instance, takeOver: true }, 20_000)
    }
  },
  {
    // Blue and green: a second healthy daemon, which gets the stream when the first one releases it.
    name: "second_daemon",
    weight: 2,
    inject: (world, dice) => rival(world, dice, { instance: "green", takeOver: false }, 60_000)
  },
  {
    // The environment, and sometimes the state folder, copied to a spare host.
    name: "daemon_copied",
    weight: 2,
    inject: (world, dice) => {
      const disk = dice.whole(1, 2) === 1 ? { disk: world.disk.copyTo("there") } : {}
      return rival(world, dice, { instance: ownName, takeOver: false, ...disk }, 40_000)
    }
  },
  {
    name: "epochs_silent",
    weight: 2,
    inject: (world, dice) => {
      const lastsMs = dice.whole(500, 15_000)
      const half = dice.pick(["requests", "answers"] as const)
      world.broker.epochs.silence = half
      return {
        text: `${half} for ${lastsMs} ms`,
        lastsMs,
        end: () => {
          world.broker.epochs.silence = "none"
        }
      }
    }
  }
]
