import type { World } from "../world/world.ts"
import type { Dice } from "./dice.ts"
import type { FaultKind } from "./fault-kind.ts"

/** A daemon that has watched another one's lease for this long has read the record. */
const watchesMs = 50
/** Longer than any silence of the answers here. */
const unansweredMs = 60_000

/** The broker is away until the line is full up to the ring; then `act`. The broker returns a while later. */
const withFullLine = (world: World, dice: Dice, act: () => void) => {
  const lastsMs = dice.whole(8000, 30_000)
  const backMs = dice.whole(1000, 20_000)
  world.broker.setDown(true)
  world.broker.breakAll(dice.next(), "the server went away")
  return {
    text: `with a full line, after ${lastsMs} ms`,
    lastsMs,
    end: () => {
      act()
      world.broker.later(backMs, () => world.broker.setDown(false))
    }
  }
}

/**
 * Combinations of several conditions that chance produces too rarely: each was the cause of a bug that 500 seeds of
 * single faults did not find.
 */
export const stagedFaults: ReadonlyArray<FaultKind> = [
  {
    // The state of queue and ring in a stop when the publisher's own drain breaks.
    name: "stop_with_crash",
    weight: 3,
    inject: (world, dice) =>
      withFullLine(world, dice, () => {
        world.life()?.crashPublisher()
        world.restart({ takeOver: false })
      })
  },
  {
    name: "stop_with_full_line",
    weight: 2,
    inject: (world, dice) => withFullLine(world, dice, () => void world.restart({ takeOver: false }))
  },
  {
    // Stored, in a spool on disk, and not answered: the next run must find out by itself.
    name: "killed_unanswered",
    weight: 3,
    inject: (world, dice) => {
      const lastsMs = dice.whole(3000, 15_000)
      world.broker.setAckMs(unansweredMs)
      return {
        text: `no answer for ${lastsMs} ms, and then SIGKILL`,
        lastsMs,
        end: () => {
          world.broker.setAckMs(1)
          world.kill(false)
        }
      }
    }
  },
  {
    // The spool is written only while the line is behind: a kill that is armed at a random moment meets no write.
    name: "killed_in_detour",
    weight: 3,
    inject: (world, dice) => {
      const lastsMs = dice.whole(2000, 15_000)
      const backMs = dice.whole(1000, 10_000)
      world.broker.setDown(true)
      world.broker.breakAll(dice.next(), "the server went away")
      return {
        text: `armed after ${lastsMs} ms`,
        lastsMs,
        end: () => {
          world.killInWrite()
          world.broker.later(backMs, () => world.broker.setDown(false))
        }
      }
    }
  },
  {
    // An operator, or the repair ladder, sends a request at any moment; a resting session has nothing to retry.
    name: "session_asked",
    weight: 3,
    inject: (world, dice) => {
      const life = world.life()
      const at = dice.whole(0, 1)
      const front = life?.fronts[at]
      const state = life?.sessions[at]?.state ?? ""
      if (life === undefined || front === undefined || ["", "resting", "draining", "stopped"].includes(state))
        return undefined
      const type = dice.pick(["RETRY_ASKED", "RELOGIN_ASKED"] as const)
      life.askSession(front.feed, { type })
      return { text: `${front.feed} ${state}: ${type}` }
    }
  },
  {
    // A writer cannot renew, and a daemon that watches its lease cannot see renewals.
    name: "lease_watched_in_silence",
    weight: 3,
    inject: (world, dice) => {
      if (!world.rival.start({ instance: "green", takeOver: false })) return undefined
      const lastsMs = dice.whole(6000, 12_000)
      const { epochs } = world.broker
      world.broker.later(watchesMs, () => {
        // The faults may have ended meanwhile, and the other daemon with them.
        if (world.rival.isRunning) epochs.silence = "requests"
      })
      return {
        text: `for ${lastsMs} ms`,
        lastsMs,
        end: () => {
          epochs.silence = "none"
          world.broker.later(dice.whole(1000, 20_000), () => world.rival.end(true))
        }
      }
    }
  }
]

/** The same for a pair of feeds. */
export const stagedPairFaults: ReadonlyArray<FaultKind> = [
  {
    // One feed loses ticks, and the other delivers them after younger ones of the first were published.
    name: "lost_and_late",
    weight: 6,
    inject: (world, dice) => {
      const fronts = world.life()?.fronts
      const loses = dice.whole(0, 1)
      const [loser, late] = [fronts?.[loses], fronts?.[1 - loses]]
      if (loser === undefined || late === undefined) return undefined
      const lastsMs = dice.whole(2000, 12_000)
      loser.troubles.lossShare = dice.whole(20, 60) / 100
      late.troubles.behind = true
      return {
        text: `${loser.feed} loses, ${late.feed} is behind, for ${lastsMs} ms`,
        lastsMs,
        end: () => {
          loser.troubles.lossShare = 0
          late.troubles.behind = false
        }
      }
    }
  }
]
