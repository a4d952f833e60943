import { accountBreakerKey, killSwitchKey } from "../../../protocol/trading/safety.ts"
import { breakerText, killSwitchText } from "../../../trading/application/safety/safety-records.ts"
import type { Dice } from "../../faults/dice.ts"
import { todayOf } from "../world/operators.ts"
import type { DatabaseTrouble } from "../world/sim-database.ts"
import type { TradeWorld } from "../world/trade-world.ts"
import type { TradeFaultKind } from "./trade-fault-kind.ts"

/** A monitor that sees or writes nothing for longer trips the account. */
const silentMs = 2500

const lasting = (
  name: string,
  weight: number,
  longestMs: number,
  begin: (world: TradeWorld, dice: Dice) => () => void,
  trips = false
): TradeFaultKind => ({
  name,
  weight,
  trips,
  inject: ({ world }, dice) => {
    const lastsMs = dice.whole(200, longestMs)
    return { text: `for ${lastsMs} ms`, lastsMs, end: begin(world, dice) }
  }
})

const once = (name: string, weight: number, act: (world: TradeWorld, dice: Dice) => boolean): TradeFaultKind => ({
  name,
  weight,
  inject: ({ world }, dice) => (act(world, dice) ? { text: "" } : undefined)
})

const network = (name: string, weight: number, state: "lossy" | "away", longestMs: number) =>
  lasting(name, weight, longestMs, (world) => {
    world.network.state = state
    if (state === "away") world.network.cutAll("the network is away")
    return () => void (world.network.state = "up")
  })

const store = (name: string, weight: number, longestMs: number, trouble: DatabaseTrouble) =>
  lasting(
    name,
    weight,
    longestMs,
    ({ database }) => {
      database.trouble = trouble
      return () => void (database.trouble = undefined)
    },
    longestMs > silentMs
  )

const nats = (name: string, weight: number, longestMs: number, begin: (world: TradeWorld) => void) =>
  lasting(
    name,
    weight,
    longestMs,
    (world) => {
      begin(world)
      return () => {
        world.bucket.set("up")
        world.events.state = "up"
      }
    },
    longestMs > silentMs
  )

/** Everything of the host and its network, and of the other hosts that share the safety states. */
export const hostFaults: ReadonlyArray<TradeFaultKind> = [
  network("network_lossy", 5, "lossy", 25_000),
  network("network_away", 4, "away", 25_000),
  lasting("keys_rejected", 2, 20_000, ({ host }) => {
    host.wrongKeys = true
    return () => void (host.wrongKeys = false)
  }),
  store("store_busy", 5, 2000, "busy"),
  store("store_busy_long", 1, 8000, "busy"),
  store("store_full", 3, 15_000, "full"),
  store("store_lost", 2, 2000, "lost"),
  store("store_lost_long", 2, 8000, "lost"),
  nats("nats_away", 4, 15_000, ({ bucket, events }) => {
    bucket.set("down")
    events.state = "down"
  }),
  nats("nats_silent", 4, 15_000, ({ bucket, events }) => {
    bucket.set("silent")
    events.state = "down"
  }),
  nats("nats_blinks", 4, 1500, ({ bucket, events }) => {
    bucket.set("down")
    events.state = "down"
  }),
  nats("nats_deaf", 4, 1500, ({ bucket }) => bucket.set("silent")),
  lasting("events_unconfirmed", 2, 15_000, ({ events }) => {
    events.state = "lossy"
    return () => void (events.state = "up")
  }),
  lasting(
    "monitor_stalls",
    3,
    12_000,
    ({ bucket }) => {
      bucket.monitorStalls = true
      return () => void (bucket.monitorStalls = false)
    },
    true
  ),
  lasting("clock_skewed", 3, 60_000, ({ host }, dice) => {
    host.skewMs = dice.pick([-3_600_000, -5000, 700, 5000, 3_600_000])
    return () => void (host.skewMs = 0)
  }),
  once("killed", 4, ({ kill }) => kill("SIGKILL")),
  once("restarted", 2, ({ restart }) => restart()),
  lasting("killed_in_statement", 6, 10_000, ({ database }, dice) => {
    database.diesIn = { statements: dice.whole(1, 60), after: dice.next() < 0.5 }
    return () => void (database.diesIn = undefined)
  }),
  lasting("killed_after_post", 5, 20_000, ({ kill, network: wire, time }, dice) => {
    wire.afterPost = () => void time.later(dice.whole(0, 20), () => kill("soon after a POST"))
    return () => void (wire.afterPost = undefined)
  }),
  once("engaged_elsewhere", 3, ({ bucket, time }) =>
    bucket.elsewhere(
      killSwitchKey,
      killSwitchText({
        state: "engaged",
        scope: "entries",
        reason: "another host",
        changedBy: "other",
        changedAtMs: time.nowMs,
        engagementsToday: 1,
        day: todayOf(time.nowMs)
      })
    )
  ),
  {
    ...once("tripped_elsewhere", 2, ({ bucket, time }) =>
      bucket.elsewhere(
        accountBreakerKey,
        breakerText({
          state: "tripped",
          trippedAtMs: time.nowMs,
          tripReason: "MANUAL",
          tripDetails: "another host",
          resetAtMs: undefined,
          resetBy: "",
          tripsToday: 1,
          day: todayOf(time.nowMs)
        })
      )
    ),
    trips: true
  }
]
