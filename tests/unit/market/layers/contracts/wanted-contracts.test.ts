// A wanted contract that has expired looks like a fault of the feed every day; a new one that is not wanted is a
// hole.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { chinaCalendar } from "../../../../../src/kernel/calendar/trading-calendar.ts"
import type { Contract } from "../../../../../src/kernel/instrument/contract.ts"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import type { SubscriptionRecord } from "../../../../../src/kernel/instrument/subscription-record.ts"
import { keepContracts } from "../../../../../src/market/application/contracts/keep-contracts.ts"
import { makeSubscriptionHandler } from "../../../../../src/market/application/subscriptions/subscription-handler.ts"
import { followCatalogue } from "../../../../../src/market/layers/contracts/wanted-contracts.ts"
import { ContractCatalogueError } from "../../../../../src/market/ports/contract-catalogue.ts"
import { ContractStore } from "../../../../../src/market/ports/contract-store.ts"

const contract = (id: string, expireDate?: number): Contract => ({
  id,
  exchange: "SHFE",
  product: "rb",
  ...(expireDate !== undefined && { expireDate })
})
const friday = 20261120
const monday = 20261123
const [old, rest] = [contract("rb2611", friday), contract("rb2701", 20270115)]

/** One feed that wants the contracts that have not expired at the start. */
const setUp = (
  contracts: ReadonlyArray<Contract>,
  more: { wantsAll?: boolean; replay?: boolean; wanted?: ReadonlyArray<string> } = {}
) => {
  const wanted = new Set(more.wanted ?? contracts.map(({ id }) => id))
  const change = (ids: ReadonlyArray<string>, act: (id: string) => boolean) => ({
    changed: ids.filter(act),
    unchanged: []
  })
  const feed = {
    feed: "primary",
    records: () => [...wanted].map((instrumentId) => ({ instrumentId }) as SubscriptionRecord),
    want: (ids: ReadonlyArray<string>) => change(ids, (id) => !wanted.has(id) && wanted.add(id).has(id)),
    unwant: (ids: ReadonlyArray<string>) => change(ids, (id) => wanted.delete(id)),
    resubscribe: (ids: ReadonlyArray<string>) => change(ids, () => true)
  }
  const lines: Array<unknown> = []
  const directory = new InstrumentDirectory(contracts)
  const catalogue = followCatalogue({
    start: { contracts, tradingDay: friday },
    feeds: [feed],
    wantsAll: more.wantsAll ?? true,
    replay: more.replay ?? false,
    learn: (listed) => directory.learn(listed),
    log: { write: (_level, _message, { expired, listed }) => void lines.push([expired, listed]) }
  })
  const handler = makeSubscriptionHandler({
    feeds: [feed],
    directory,
    contracts: catalogue.contracts,
    lastDayOf: catalogue.lastDayOf,
    stalled: () => [],
    admits: () => true,
    nowMs: () => 0
  })
  return { ...catalogue, handler, lines, wanted: () => [...wanted].sort() }
}

describe("the wanted set", () => {
  it("loses what expired when the trading day changes, whatever is kept on disk and although no list came", () => {
    const { contracts, handler, lastDayOf, lines, onList, wanted } = setUp([old, rest])
    onList({ contracts: [old, rest], tradingDay: friday })
    assert.deepStrictEqual([wanted(), lines], [["rb2611", "rb2701"], []])
    onList({ contracts: [old, rest], tradingDay: monday })
    onList({ contracts: [old, rest], tradingDay: monday })
    assert.deepStrictEqual([wanted(), lines], [["rb2701"], [[1, 0]]])
    assert.deepStrictEqual(
      contracts().map(({ id }) => id),
      ["rb2701"]
    )
    assert.deepStrictEqual(
      [lastDayOf("rb2611"), lastDayOf("rb2701"), handler.contracts().length],
      [friday, undefined, 1]
    )
  })

  it("loses what no list has any more and gains what is new, at the first list of a life too", () => {
    const { onList, wanted } = setUp([old, rest])
    onList({ contracts: [rest, contract("rb2702"), contract("rb2609", 20260915)], tradingDay: friday })
    assert.deepStrictEqual(wanted(), ["rb2701", "rb2702"])
  })

  it("gains nothing where instruments were named, and loses those of them that expired", () => {
    const { onList, wanted } = setUp([old, rest, contract("cu2701")], { wantsAll: false, wanted: ["rb2611", "rb2701"] })
    onList({ contracts: [old, rest, contract("cu2701"), contract("rb2702")], tradingDay: monday })
    assert.deepStrictEqual(wanted(), ["rb2701"])
  })

  it("keeps what an operator took away or asked for", () => {
    const { handler, onList, wanted } = setUp([rest, contract("cu2701")], { wanted: ["rb2701"] })
    handler.unwant(["rb2701"])
    handler.want(["cu2701"])
    onList({ contracts: [rest, contract("cu2701")], tradingDay: monday })
    assert.deepStrictEqual(wanted(), ["cu2701"])
  })

  it("of a recording outlives the days of its contracts", () => {
    const { contracts, onList, wanted } = setUp([old, rest], { replay: true })
    onList({ contracts: [old, rest], tradingDay: 20301231 })
    assert.deepStrictEqual([wanted(), contracts().length], [["rb2611", "rb2701"], 2])
  })

  it("without a catalogue lets an operator take an instrument away and want it again", () => {
    const { handler } = setUp([], { wanted: ["rb2701", "IF2612"] })
    handler.unwant(["rb2701", "zz9999"])
    assert.deepStrictEqual(
      handler.contracts().map(({ id }) => id),
      ["IF2612", "rb2701"]
    )
  })
})

it.effect("a source that is away at the change of the day keeps nothing wanted that is over", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.UTC(2026, 10, 20, 7))
    const days: Array<number> = []
    const away = new ContractCatalogueError({ code: "TRADER_LOGIN_REFUSED", source: "trader", message: "refused" })
    const fiber = yield* Effect.forkChild(
      keepContracts({
        sources: [{ name: "trader", contracts: Effect.fail(away) }],
        calendar: chinaCalendar,
        onRefresh: () => undefined,
        onDay: (day) => void days.push(day),
        onTrouble: () => undefined
      }).pipe(
        Effect.provideService(ContractStore, {
          days: Effect.succeed([]),
          newest: () => Effect.succeed({ version: undefined, damaged: [] }),
          keep: () => Effect.void
        })
      )
    )
    yield* TestClock.adjust("6 hours")
    assert.deepStrictEqual(days, [friday, monday])
    yield* Fiber.interrupt(fiber)
  })
)
