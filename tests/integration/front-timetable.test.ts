// Two feeds can only be compared when two fronts send one market: the same ticks, whenever each front was started.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { startFront } from "../../src/simulator/front/front.ts"
import { marketContracts } from "../../src/simulator/market/market-contracts.ts"
import { FrontClient } from "./front-client.ts"

const contracts = marketContracts(60)
const ids = contracts.map(({ id }) => id)

const startOf = (seed: number, sinceMs: number) =>
  startFront({ source: { type: "market", contracts, ratePerSecond: 333, seed, sinceMs } })

const waitFor = (client: FrontClient, ticks: number) =>
  Effect.promise(() => client.until(() => client.ticks.length >= ticks, `${ticks} ticks`))

it.live("sends the same ticks from two fronts, of which one comes later and serves fewer instruments", () =>
  Effect.scoped(
    Effect.gen(function* () {
      const sinceMs = Math.floor(Date.now() / 1000) * 1000
      const early = yield* startOf(7, sinceMs)
      const first = yield* Effect.promise(() => new FrontClient(early.port).start(ids))
      yield* waitFor(first, 400)
      const late = yield* startOf(7, sinceMs)
      const second = yield* Effect.promise(() => new FrontClient(late.port).start(ids.slice(0, 20)))
      yield* waitFor(second, 200)
      const compared = second.ticks.slice(0, 200)
      const last = new Set(ids.map((id) => compared.findLast((tick) => idOf(tick) === id)?.toString("latin1") ?? ""))
      last.delete("")
      const have = () => first.ticks.filter((tick) => last.has(tick.toString("latin1"))).length
      yield* Effect.promise(() => first.until(() => have() >= last.size, "the same ticks from the first front"))
      const ofOneFront = new Map(ids.map((id) => [id, [] as Array<string>]))
      for (const tick of first.ticks) ofOneFront.get(idOf(tick))?.push(tick.toString("latin1"))
      const firstSeen = new Map<string, number>()
      for (const tick of compared) {
        const sent = ofOneFront.get(idOf(tick)) ?? []
        const from = firstSeen.get(idOf(tick)) ?? 0
        const at = sent.indexOf(tick.toString("latin1"), from)
        assert.isAtLeast(at, 0, `a tick of ${idOf(tick)} is none of the other front's`)
        // From its first tick on the late front leaves nothing out.
        if (from > 0) assert.strictEqual(at, from)
        firstSeen.set(idOf(tick), at + 1)
      }
      assert.strictEqual(firstSeen.size, 20)
      for (const client of [first, second]) client.close()
    })
  )
)

it.live("sends other ticks with another seed", () =>
  Effect.scoped(
    Effect.gen(function* () {
      const sinceMs = Math.floor(Date.now() / 1000) * 1000
      const fronts = [yield* startOf(1, sinceMs), yield* startOf(2, sinceMs)]
      const clients = yield* Effect.forEach(fronts, ({ port }) =>
        Effect.promise(() => new FrontClient(port).start(ids))
      )
      for (const client of clients) yield* waitFor(client, 200)
      const [one, other] = clients.map((client) => new Set(client.ticks.map((tick) => tick.toString("latin1"))))
      for (const tick of one ?? []) assert.isFalse(other?.has(tick))
      for (const client of clients) client.close()
    })
  )
)

const idOf = (tick: Buffer) => {
  const text = tick.toString("latin1", 9, 40)
  return text.slice(0, text.indexOf("\0"))
}
