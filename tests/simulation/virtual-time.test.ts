// A simulation that depends on more than its seed cannot be repeated: virtual time controls every wake-up.
import { Clock, Context, Effect, Scheduler } from "effect"
import { expect, it } from "vitest"
import { runSeed } from "../../src/simulation/run-seed.ts"
import { VirtualTime } from "../../src/simulation/world/virtual-time.ts"

const start = <A>(time: VirtualTime, effect: Effect.Effect<A>) =>
  Effect.runForkWith(Context.make(Clock.Clock, time.clock).pipe(Context.add(Scheduler.Scheduler, time.scheduler)))(
    effect
  )

it("rings alarms by time, and those of one instant in the order in which they were set", async () => {
  const time = new VirtualTime(1000)
  const rung: Array<string> = []
  time.later(20, () => rung.push("c"))
  time.later(10, () => rung.push("a"))
  time.later(10, () => rung.push("b"))
  const drop = time.later(15, () => rung.push("dropped"))
  drop()
  await time.advance(1010)
  expect(rung).toEqual(["a", "b"])
  expect(time.nowMs).toBe(1010)
  await time.advance(1100)
  expect(rung).toEqual(["a", "b", "c"])
  expect(time.nowMs).toBe(1100)
})

it("keeps the order of many alarms, dropped ones among them", async () => {
  const time = new VirtualTime(0)
  const rung: Array<number> = []
  for (let at = 0; at < 10_000; at++) {
    const dueMs = (at * 7919) % 1000
    const drop = time.later(dueMs, () => rung.push(time.nowMs))
    if (at % 2 === 1) drop()
  }
  await time.advance(1000)
  expect(rung).toHaveLength(5000)
  expect(rung).toEqual([...rung].sort((a, b) => a - b))
})

it("runs all that follows from one alarm, microtasks included, before the next one", async () => {
  const time = new VirtualTime(0)
  const seen: Array<string> = []
  const fiber = start(
    time,
    Effect.gen(function* () {
      yield* Effect.sleep(5)
      queueMicrotask(() => seen.push(`microtask ${time.nowMs}`))
      yield* Effect.all([Effect.sync(() => seen.push("one")), Effect.sync(() => seen.push("two"))], {
        concurrency: "unbounded"
      })
      yield* Effect.sleep(5)
      seen.push(`after ${yield* Clock.currentTimeMillis}`)
    })
  )
  time.later(6, () => seen.push(`alarm ${time.nowMs}`))
  await time.advance(100)
  expect(seen).toEqual(["one", "two", "microtask 5", "alarm 6", "after 10"])
  expect(fiber.pollUnsafe()).toBeDefined()
})

it("ends a sleep that is interrupted without waiting for its time", async () => {
  const time = new VirtualTime(0)
  const fiber = start(time, Effect.sleep(1_000_000))
  await time.advance(10)
  fiber.interruptUnsafe()
  await time.settle()
  expect(fiber.pollUnsafe()).toBeDefined()
  expect(time.nowMs).toBe(10)
})

it("gives one seed the same trace twice in one process, and another seed another", async () => {
  const [first, again, other] = [
    await runSeed({ seed: 5, lengthMs: 300_000 }),
    await runSeed({ seed: 5, lengthMs: 300_000 }),
    await runSeed({ seed: 6, lengthMs: 300_000 })
  ]
  expect(again).toEqual(first)
  expect(other.hash).not.toBe(first.hash)
  expect(first.failure).toBeUndefined()
})
