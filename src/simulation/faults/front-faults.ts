import { double, word } from "../../kernel/tick/tick-slab.ts"
import { type FaultKind, frontOf, once, spoilt, trouble } from "./fault-kind.ts"
import { reasons } from "./front-troubles.ts"

/** Faults of fronts, of the vendor's library, and of the ticks that fronts send. */
export const frontFaults: ReadonlyArray<FaultKind> = [
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
  {
    // The front accepts some of the contracts, holds the next requests back, and sends ticks only after that.
    name: "front_at_limit",
    weight: 2,
    inject: (world, dice) => {
      const front = frontOf(world, dice)
      if (front === undefined) return undefined
      const { troubles } = front
      const lastsMs = dice.whole(60_000, 80_000)
      const missing = dice.whole(1, 10)
      troubles.acksMissing = missing
      troubles.ticksStopped = true
      front.disconnect(reasons.readFailed)
      front.after(dice.whole(4000, 8000), () => {
        troubles.flowControl = dice.pick([-2, -3])
      })
      front.after(dice.whole(14_000, 20_000), () => {
        troubles.flowControl = 0
      })
      front.after(dice.whole(22_000, 28_000), () => {
        troubles.ticksStopped = false
      })
      return {
        text: `${front.feed}, without ${missing} contracts, for ${lastsMs} ms`,
        lastsMs,
        end: () => Object.assign(troubles, { acksMissing: 0, flowControl: 0, ticksStopped: false })
      }
    }
  },
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
  // Ticks that fronts send.
  spoilt("ticks_repeated", 4, undefined),
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
  })
]
