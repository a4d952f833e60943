// A crash between any two statements: at most one POST leaves for a client id, and after a restart it is known.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { CurrentTransformer } from "effect/sql/Statement"
import { TestClock } from "effect/testing"
import { decimalText } from "../../../../src/kernel/decimal.ts"
import { isTerminal } from "../../../../src/trading/domain/order/order-words.ts"
import { openMs } from "../../../support/trading/gate-view.ts"
import { entry, idle, limitOrder, startWorld } from "../../../support/trading/order-world.ts"
import { makeScriptedVenue, type Script } from "../../../support/trading/scripted-venue.ts"

/** From statement `at` on, none is carried out: for the file it is the end of the program. */
const crashingAt = (at: number) => {
  const seen = { count: 0, armed: false, crashed: false }
  const transform = <A>(statement: A) =>
    Effect.suspend(() => {
      if (seen.armed && seen.count++ >= at) {
        seen.crashed = true
        return Effect.die(new Error("the program has crashed"))
      }
      return Effect.succeed(statement)
    })
  return { seen, transform }
}

/** One order from its intent to its first fill. Succeeds with whether the crash came before the end of it. */
const lifeWithCrash = Effect.fnUntraced(function* (path: string, at: number, does: Script) {
  const venue = makeScriptedVenue()
  const { seen, transform } = crashingAt(at)
  const life = Effect.gen(function* () {
    const world = yield* startWorld({ path, venue })
    seen.armed = true
    venue.script.push(does)
    const submitted = yield* Effect.exit(world.desk.submit(limitOrder("10"), entry("a")))
    yield* idle
    const order = venue.byClientId("a")
    if (order !== undefined) venue.fill(order.snapshot.brokerOrderId, "e1", "4")
    yield* idle
    yield* world.end
    return submitted
  })
  const submitted = yield* Effect.provideService(life, CurrentTransformer, transform as never)

  const world = yield* startWorld({ path, venue })
  // Past the grace period, with a poll in it.
  for (let step = 0; step < 12; step++) {
    yield* TestClock.adjust("30 seconds")
    yield* idle
  }
  assert.isAtMost(venue.posts.length, 1, `statement ${at}`)
  const known = yield* world.store.orderOf("a")
  const there = venue.byClientId("a")
  if (there !== undefined) {
    const order = Option.getOrThrow(known)
    assert.deepStrictEqual(
      [order.brokerOrderId, order.status, decimalText(order.filled)],
      [there.snapshot.brokerOrderId, "partially_filled", "4"],
      `statement ${at}`
    )
    assert.strictEqual(world.stateOf("a"), "working", `statement ${at}`)
  } else if (Option.isSome(known)) {
    assert.isTrue(isTerminal(known.value.status), `statement ${at}: ${known.value.status}`)
    assert.deepStrictEqual((yield* world.store.exposure).reservations, [])
  } else assert.strictEqual(submitted._tag, "Failure", `statement ${at}`)
  yield* world.end
  return seen.crashed
})

const everyCrash = (does: Script) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(openMs)
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-crash-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    let at = 0
    while (yield* lifeWithCrash(join(folder, `${at}.db`), at, does)) at++
    // A life has this many statements at least: fewer would mean that the crash is not where it is thought to be.
    assert.isAbove(at, 20)
  })

it.effect("an order whose POST is answered", () => everyCrash("accept"), 60_000)
it.effect("an order whose reply is lost", () => everyCrash("lost"), 60_000)
