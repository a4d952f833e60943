import type { Dice } from "../../faults/dice.ts"
import { simSymbols } from "../world/trade-world.ts"
import type { TradeFaultKind, TradeScene } from "./trade-fault-kind.ts"

const act = (
  name: string,
  weight: number,
  run: (scene: TradeScene, dice: Dice) => string,
  trips = false
): TradeFaultKind => ({
  name,
  weight,
  trips,
  inject: (scene, dice) => ({ text: run(scene, dice) })
})

/** What operators do, also several of them at once. */
export const operatorActs: ReadonlyArray<TradeFaultKind> = [
  act("engaged", 4, ({ operators }, dice) => {
    const scope = dice.next() < 0.7 ? "entries" : "all"
    operators.engage(scope)
    return scope
  }),
  act(
    "tripped",
    2,
    ({ operators }, dice) => {
      const symbol = dice.pick(simSymbols)
      const scope = dice.pick([
        { level: "account" },
        { level: "symbol", symbol },
        { level: "strategy", strategyId: "alpha" }
      ] as const)
      operators.trip(scope)
      return scope.level
    },
    true
  ),
  act("flattened", 2, ({ operators, world }) => {
    operators.engage("entries")
    world.time.later(4000, () => operators.flatten())
    return "after an engagement"
  }),
  act(
    "operators_race",
    3,
    ({ operators }, dice) => {
      operators.engage("entries")
      operators.trip({ level: "account" })
      operators.disengage()
      operators.reset({ level: "account" }, true)
      if (dice.next() < 0.5) operators.engage("all")
      return "several commands at once"
    },
    true
  ),
  // The same POST follows after the wait that the venue asks for: it must not pass a gate that was closed meanwhile.
  act("engaged_while_limited", 4, ({ operators, world }, dice) => {
    const scope = dice.next() < 0.5 ? "entries" : "all"
    world.exchange.fault("rate-limit", { count: dice.whole(2, 4) })
    world.network.afterPost = () => void world.time.later(dice.whole(50, 800), () => operators.engage(scope))
    return scope
  }),
  act("forced_open", 1, ({ operators }) => {
    operators.forceComplete()
    return ""
  }),
  act("reconciliation_asked", 2, ({ operators }) => {
    operators.reconcile()
    operators.reconcile()
    return "twice"
  }),
  act("limits_changed", 1, ({ operators }) => {
    operators.changeLimits()
    return ""
  })
]
