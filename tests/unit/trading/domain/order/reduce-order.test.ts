// Updates of a venue come twice, late, in any order and by several ways. If their order mattered, a position would
// depend on the network.
import { assert, describe, it } from "@effect/vitest"
import { decimalText, zero } from "../../../../../src/kernel/decimal.ts"
import { intendedOrder } from "../../../../../src/trading/domain/order/order.ts"
import type { OrderFact } from "../../../../../src/trading/domain/order/order-fact.ts"
import { reduceOrder } from "../../../../../src/trading/domain/order/reduce-order.ts"
import { wholesOf } from "../../../../support/seeded-random.ts"
import { decimal, proposal } from "../../../../support/trading/gate-view.ts"
import { makeOrderLife, orderText, shuffled, surelySame } from "../../../../support/trading/order-life.ts"

const lives = 12_500
const shufflesOfEach = 8

describe("reduceOrder", () => {
  it(`gives one state for ${lives * shufflesOfEach} interleavings and repetitions, with the venue's quantity and status`, () => {
    const ends = new Map<string, number>()
    for (let seed = 1; seed <= lives; seed++) {
      const below = wholesOf(seed)
      const life = makeOrderLife(below)
      const inOrder = life.facts.reduce(reduceOrder, life.order)
      assert.strictEqual(decimalText(inOrder.filled), `${life.filled}`, `seed ${seed}: Σ fills`)
      assert.strictEqual(decimalText(inOrder.inferred), "0", `seed ${seed}: inferred`)
      assert.strictEqual(inOrder.status, life.status, `seed ${seed}: status`)
      ends.set(inOrder.status, (ends.get(inOrder.status) ?? 0) + 1)
      let text: string | undefined
      for (let turn = 0; turn < shufflesOfEach; turn++) {
        let order = life.order
        let filled = false
        for (const fact of shuffled(life.facts, below)) {
          order = reduceOrder(order, fact)
          if (filled && !life.amended) assert.strictEqual(order.status, "filled", `seed ${seed}: left filled`)
          filled = order.status === "filled"
        }
        if (!surelySame(order, inOrder)) {
          text ??= orderText(inOrder)
          if (orderText(order) !== text)
            assert.deepStrictEqual(JSON.parse(orderText(order)), JSON.parse(text), `seed ${seed}`)
        }
      }
    }
    for (const status of ["filled", "canceled", "expired", "partially_filled", "new"]) {
      assert.isAbove(ends.get(status) ?? 0, lives / 200, status)
    }
  }, 120_000)

  it("books the venue's quantity when any executions are lost, and replaces what it inferred when they come late", () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const below = wholesOf(seed)
      const life = makeOrderLife(below)
      const late = life.facts.filter(({ type }) => type === "execution" && below(2) === 0)
      const rest = life.facts.filter((fact) => !late.includes(fact))
      const without = shuffled(rest, below).reduce(reduceOrder, life.order)
      if (!life.amended) assert.strictEqual(decimalText(without.filled), `${life.filled}`, `seed ${seed}`)
      const whole = late.reduce(reduceOrder, without)
      assert.strictEqual(orderText(whole), orderText(life.facts.reduce(reduceOrder, life.order)), `seed ${seed}`)
    }
  })

  it("does not count an order for an amount of money as filled before the venue does", () => {
    const below = wholesOf(1)
    const at = 1_000_000_000n
    const leg = { source: "stream", brokerOrderId: "b1" } as const
    const state = (status: string, filled: string, updatedAt: bigint) =>
      ({ ...leg, type: "snapshot", status, filledQuantity: decimal(filled), updatedAt }) as const
    const execution = (id: string, quantity: string, moment: bigint) =>
      ({
        ...leg,
        type: "execution",
        executionId: id,
        quantity: decimal(quantity),
        price: decimal("9"),
        at: moment
      }) as const
    const working = [state("new", "0", at), execution("e1", "3", at + 1n), state("partially_filled", "3", at + 1n)]
    const whole = [...working, execution("e2", "2.5", at + 2n), state("filled", "5.5", at + 2n)]
    const none = intendedOrder("c1", "h1", { ...proposal().request, quantity: zero }, at)
    for (const [facts, status, filled] of [
      [working, "partially_filled", "3"],
      [whole, "filled", "5.5"]
    ] as const) {
      for (let turn = 0; turn < 100; turn++) {
        const order = shuffled<OrderFact>(facts, below).reduce(reduceOrder, none)
        const shown = [
          order.status,
          decimalText(order.filled),
          decimalText(order.quantity),
          decimalText(order.overfill)
        ]
        assert.deepStrictEqual(shown, [status, filled, filled, "0"])
      }
    }
  })

  it("gives back the same object for a fact that adds nothing", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const life = makeOrderLife(wholesOf(seed))
      const order = life.facts.reduce(reduceOrder, life.order)
      for (const fact of life.facts) assert.strictEqual(reduceOrder(order, fact), order, `seed ${seed}`)
    }
  })
})
