// For any sequence of events of feeds, market and operators: never two active feeds, never a commit without a tick,
// and a hold holds.
import { assert, describe, it } from "@effect/vitest"
import {
  type FailoverContext,
  type FailoverEvent,
  type FailoverInput,
  isFit
} from "../../../../machines/market/failover-events.ts"
import { failoverMachine } from "../../../../machines/market/failover-machine.ts"
import { marketPhases } from "../../../../src/kernel/calendar/market-phase.ts"
import { makeStep } from "../../../support/machine-step.ts"

const input: FailoverInput = {
  mode: "hot",
  feeds: ["primary", "backup"],
  preferred: "primary",
  active: "primary",
  movedBy: undefined,
  held: false,
  startMs: 30_000,
  lostMs: 0,
  commitMs: 5000,
  failbackMs: 300_000,
  failbackCapMs: 3_600_000,
  retry: { baseMs: 30_000, capMs: 600_000 }
}

/** A generator of whole numbers below a bound, the same for the same seed (numbers of Park and Miller). */
const diceOf = (seed: number) => {
  let state = seed
  return (bound: number): number => {
    state = (state * 48_271) % 2_147_483_647
    return state % bound
  }
}

const anyEvent = (dice: (bound: number) => number, ids: { last: number }): FailoverEvent => {
  const feed = dice(2) === 0 ? "primary" : "backup"
  switch (dice(8)) {
    case 0:
    case 1:
    case 2:
      return { type: "FEED_CHANGED", feed, live: dice(3) > 0, silent: dice(4) === 0 }
    case 3:
      return { type: "PHASE_CHANGED", phase: dice(2) === 0 ? "trading" : (marketPhases[dice(5)] ?? "closed") }
    case 4:
    case 5:
      return { type: "TICK_ARRIVED", feed }
    case 6: {
      const cause = (["manual", "drill", "repair"] as const)[dice(3)] ?? "manual"
      return { type: "SWITCH_ASKED", id: String(++ids.last), to: feed, cause, force: dice(4) === 0 }
    }
    default:
      return { type: dice(3) === 0 ? "HOLD_ASKED" : "RELEASE_ASKED" }
  }
}

const stepsOfSeed = 400

const live = (seed: number, mode: FailoverInput["mode"]) => {
  const dice = diceOf(seed)
  const step = makeStep(failoverMachine, { ...input, mode })
  const running = new Set<string>(mode === "cold" ? [] : input.feeds)
  const ids = { last: 0 }
  const counts = { commits: 0, rolledBack: 0, unasked: 0 }
  let [snapshot, actions] = step.initial()
  let before: FailoverContext | undefined
  let event: { readonly type: string; readonly feed?: string; readonly to?: string; readonly force?: boolean } = {
    type: "start"
  }
  for (let at = 0; at <= stepsOfSeed; at++) {
    const { context } = snapshot
    for (const { type } of actions) {
      const standby = context.active === "primary" ? "backup" : "primary"
      if (type === "stopActive" || type === "startActive")
        running[type === "stopActive" ? "delete" : "add"](context.active)
      else if (type === "startTarget") running.add(context.pending?.to ?? "none")
      else if (type === "stopTarget" || type === "stopStandby") running.delete(standby)
      if (mode === "cold") assert.isAtMost(running.size, 1, `seed ${seed}: two sessions of a cold pair`)
    }
    if (mode === "cold") {
      assert.deepStrictEqual([...running], [context.pending?.to ?? context.active], `seed ${seed}: what runs`)
    }
    if (context.pending !== undefined) assert.strictEqual(context.active, context.pending.from)
    if (before !== undefined) {
      if (context.active !== before.active) {
        assert.strictEqual(event.type, "TICK_ARRIVED", `seed ${seed}: a commit`)
        assert.strictEqual(event.feed, before.pending?.to)
        assert.strictEqual(context.active, before.pending?.to)
        counts.commits++
      }
      const begun = context.pending !== undefined && context.pending.id !== before.pending?.id
      if (begun && context.pending?.id !== "") {
        assert.isTrue(event.force === true || (!before.held && isFit(before, event.to ?? "")), `seed ${seed}: an order`)
      }
      const unasked = context.pending?.id === "" && before.pending?.id !== ""
      if (unasked) {
        assert.isTrue(context.trading && !context.held, `seed ${seed}: a switch by itself`)
        assert.isTrue(isFit(context, context.pending?.to ?? ""), `seed ${seed}: to a feed that is fit`)
        counts.unasked++
      }
      if (context.ended !== before.ended && context.ended?.result === "rolled_back") counts.rolledBack++
    }
    const timers = snapshot._nodes.flatMap((node) =>
      [...node.transitions.keys()].filter((type) => type.startsWith("xstate.after."))
    )
    before = context
    event =
      timers.length > 0 && dice(5) === 0
        ? ({ type: timers[dice(timers.length)] ?? "" } as never)
        : (anyEvent(dice, ids) as never)
    ;[snapshot, actions] = step.next(snapshot, event as never)
  }
  return counts
}

describe("random facts", () => {
  for (const mode of ["hot", "cold"] as const) {
    it(`${mode}: one active feed, moved by a tick of the awaited feed only, and not during a hold`, () => {
      const sum = { commits: 0, rolledBack: 0, unasked: 0 }
      for (let seed = 1; seed <= 60; seed++) {
        const counts = live(seed, mode)
        for (const name of ["commits", "rolledBack", "unasked"] as const) sum[name] += counts[name]
      }
      // An event that never happens proves nothing.
      for (const [name, count] of Object.entries(sum)) assert.isAbove(count, 100, name)
    })
  }
})
