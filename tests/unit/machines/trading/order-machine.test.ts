// An order sent twice is what users fear most: the chart itself must have no way to it.
import { assert, describe, it } from "@effect/vitest"
import { initialTransition, transition } from "xstate"
import {
  type OrderMachineEvent,
  type OrderMachineInput,
  orderMachine
} from "../../../../machines/trading/order-machine.ts"
import { listTransitions } from "../../../../machines/transition-list.ts"

const input: OrderMachineInput = {
  resume: "new",
  silence: { baseMs: 5000, capMs: 60_000 },
  lookup: { baseMs: 1000, capMs: 30_000 },
  graceMs: 300_000,
  answerMs: 10_000,
  seed: 1
}
/** The end of a row of events, and every command on the way. */
const after = (
  events: ReadonlyArray<OrderMachineEvent | { readonly type: string }>,
  more: Partial<OrderMachineInput> = {}
) => {
  let [snapshot, actions] = initialTransition(orderMachine, { ...input, ...more })
  const commands: Array<string> = []
  const note = (): void => {
    for (const { type } of actions) if (!type.startsWith("xstate.")) commands.push(type)
  }
  note()
  for (const event of events) {
    ;[snapshot, actions] = transition(orderMachine, snapshot, event as OrderMachineEvent)
    note()
  }
  return { state: typeof snapshot.value === "string" ? snapshot.value : Object.keys(snapshot.value).join(), commands }
}
const event = (...types: ReadonlyArray<string>) => types.map((type) => ({ type }))

describe("the order machine", () => {
  it("sends only an order that was never sent: new, or held back by the venue", () => {
    const sources = listTransitions(orderMachine)
      .filter(({ target }) => target === "submitting")
      .map(({ state, guard }) => `${state} ${guard}`.trim())
    assert.deepStrictEqual(sources.sort(), ["resuming isNew", "waitingToSubmit"])
    assert.deepStrictEqual(after([], { resume: "unsure" }), { state: "unconfirmed", commands: ["lookUpByClientId"] })
  })

  it("looks an order up after a refusal, and takes what it finds", () => {
    assert.deepStrictEqual(after(event("REFUSED", "FOUND")).state, "working")
    assert.deepStrictEqual(after(event("REFUSED", "NOT_FOUND")), {
      state: "ended",
      commands: ["submitOrder", "lookUpByClientId", "bookRefusal"]
    })
    assert.strictEqual(after(event("REFUSED", "LOOKUP_FAILED")).state, "awaitingRefusal")
  })

  it("calls an unconfirmed order lost only when a lookup after the grace period finds nothing", () => {
    const grace = { type: "xstate.after.grace.order.unconfirmed" }
    const early = after([...event("OUTCOME_UNKNOWN", "NOT_FOUND"), grace])
    assert.strictEqual(early.state, "unconfirmed")
    assert.notInclude(early.commands, "bookLost")
    const late = after([...event("OUTCOME_UNKNOWN"), grace, ...event("NOT_FOUND")])
    assert.strictEqual(late.state, "ended")
    assert.include(late.commands, "bookLost")
    assert.strictEqual(after([...event("OUTCOME_UNKNOWN"), grace, ...event("LOOKUP_FAILED")]).state, "unconfirmed")
  })

  it("keeps a cancel that is asked before the venue has confirmed, and sends it once", () => {
    const { commands, state } = after(event("CANCEL_ASKED", "ACCEPTED", "CANCEL_TAKEN"))
    assert.strictEqual(state, "awaitingCancel")
    assert.deepStrictEqual(commands, ["submitOrder", "cancelOrder"])
  })

  it("sends a cancel again while it is wanted: after an unknown outcome, and when a poll shows that it had no effect", () => {
    const pause = { type: "xstate.after.lookupPause.order.repeatingCancel" }
    const silence = { type: "xstate.after.silence.order.awaitingCancel" }
    const unknown = after([...event("ACCEPTED", "CANCEL_ASKED", "OUTCOME_UNKNOWN"), pause])
    assert.deepStrictEqual(unknown, { state: "canceling", commands: ["submitOrder", "cancelOrder", "cancelOrder"] })
    for (const poll of ["FOUND", "LOOKUP_FAILED", "NOT_FOUND", "NEWS"]) {
      const polled = after([...event("ACCEPTED", "CANCEL_ASKED", "CANCEL_TAKEN"), silence, ...event(poll)])
      assert.strictEqual(polled.state, "canceling", poll)
    }
    // Decided against, wherever the word meets it: it is wanted no more.
    const limited = { type: "RATE_LIMITED", retryAfterMs: 1 }
    const held = { type: "xstate.after.rateLimit.order.waitingToCancel" }
    for (const before of [
      [],
      event("CANCEL_TAKEN"),
      [...event("CANCEL_TAKEN"), silence],
      event("OUTCOME_UNKNOWN"),
      [limited]
    ]) {
      const rest = [...event("CANCEL_REFUSED"), pause, held, ...event("FOUND")]
      const { commands, state } = after([...event("ACCEPTED", "CANCEL_ASKED"), ...before, ...rest])
      assert.deepStrictEqual(
        [state, commands.filter((name) => name === "cancelOrder").length],
        ["working", 1],
        before.map(({ type }) => type).join()
      )
    }
  })

  it("looks once after a refused cancel, and does not cancel again by itself", () => {
    const { commands } = after(event("ACCEPTED", "CANCEL_ASKED", "CANCEL_REFUSED", "FOUND", "ENDED"))
    assert.deepStrictEqual(commands, ["submitOrder", "cancelOrder", "lookUpOrder"])
  })

  it("ends with the order from wherever it is, and leaves it at the venue when the program stops", () => {
    for (const before of [[], ["OUTCOME_UNKNOWN"], ["ACCEPTED", "CANCEL_ASKED"], ["ACCEPTED", "REPLACE_ASKED"]]) {
      assert.strictEqual(after(event(...before, "ENDED")).state, "ended", before.join())
      assert.strictEqual(after(event(...before, "STOP_ASKED")).state, "left", before.join())
    }
  })
})
