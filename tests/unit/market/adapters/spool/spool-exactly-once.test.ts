// Outages, crashes and both together must lose no spooled tick and store none twice: random ones, many seeds.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Random } from "effect"
import { FakeStream } from "../../../../support/nats-fake-stream.ts"
import { pass, spoolFolders, startSpooling } from "../../../../support/spool-run.ts"

const messageCount = 700

const numbersIn = (stream: FakeStream) => stream.messages.map(({ data }) => Number(new TextDecoder().decode(data)))

const simulate = Effect.fnUntraced(function* (refusals: boolean) {
  const folders = yield* spoolFolders
  const stream = new FakeStream()
  const broker = { away: false }
  // ticks that are in memory only are lost when the daemon crashes
  const inMemoryOnly = new Set<number>()
  let folder = folders.next()
  let run = yield* startSpooling(stream, broker, folder)
  let sent = 0
  let crashes = 0
  let engaged = 0
  for (let round = 0; sent < messageCount || run.publisher.counts().retained > 0; round++) {
    assert.isBelow(round, 4000, "the run does not come to its end")
    const dice = yield* Random.next
    const amount = Math.floor((yield* Random.next) * 12)
    const { publisher } = run
    // a caller that waits, as the daemon's does
    if (publisher.room() === 0) yield* publisher.awaitRoom.pipe(Effect.timeoutOption(1), Effect.forkScoped)
    while (sent < messageCount && publisher.room() > 0 && (yield* Random.next) < 0.9) {
      publisher.send(`s.${sent % 3}`, String(sent), 0, sent % 256, sent, 1000 + sent)
      sent++
    }
    const spool = publisher.spoolCounts()
    if (spool.engaged) engaged++
    if (dice < 0.05) stream.breakAll(amount)
    else if (dice < 0.1) stream.work(amount, false)
    else stream.work(amount)
    if (dice > 0.97) broker.away = true
    else if (dice > 0.9) broker.away = false
    if (refusals) stream.refusing = dice > 0.85 ? true : dice > 0.5 ? false : stream.refusing
    if (broker.away) stream.breakAll(amount)
    yield* pass(20)
    if (dice > 0.4 && dice < 0.42) {
      crashes++
      const counts = publisher.counts()
      const direct = publisher.spoolCounts().engaged ? 0 : Math.max(0, counts.retained - publisher.spoolCounts().ticks)
      for (let at = sent - direct; at < sent; at++) inMemoryOnly.add(at)
      folder = folders.next()
      yield* run.crash(folder)
      stream.breakAll(amount)
      // with nothing spooled, the next run does not search, and does not wait for what the server still processes
      if (counts.retained === direct) stream.work(Number.POSITIVE_INFINITY)
      run = yield* startSpooling(stream, broker, folder)
    }
  }
  yield* run.stop
  const stored = numbersIn(stream)
  const once = [...new Set(stored)]
  // out of order only where the stream took a younger one and refused an older one
  const wanted = refusals ? once : once.sort((left, right) => left - right)
  assert.deepStrictEqual(stored, wanted, "twice, or out of order")
  const missing = Array.from({ length: messageCount }, (_, at) => at).filter((at) => !stored.includes(at))
  assert.deepStrictEqual(
    missing.filter((at) => !inMemoryOnly.has(at)),
    [],
    "lost"
  )
  return { crashes, engaged }
})

describe("spooled and stored exactly once", () => {
  for (const refusals of [false, true]) {
    it.effect(
      `over outages and crashes of the daemon${refusals ? ", and with a stream that refuses at times" : ""}, 4 seeds`,
      () =>
        Effect.gen(function* () {
          let crashes = 0
          let engaged = 0
          for (let seed = 1; seed <= 4; seed++) {
            const seen = yield* Effect.scoped(simulate(refusals)).pipe(Random.withSeed(`spool ${seed}`))
            crashes += seen.crashes
            engaged += seen.engaged
          }
          // a simulation without events proves nothing
          assert.isAbove(crashes, 8)
          assert.isAbove(engaged, 100)
        }),
      60_000
    )
  }

  it.effect(
    "when the daemon crashes at any moment of the first replay, having met the stream only after it spooled",
    () =>
      Effect.gen(function* () {
        const folders = yield* spoolFolders
        for (let steps = 1; steps <= 50; steps += 3) {
          const stream = new FakeStream()
          // another client's, in front
          for (let n = 0; n < 3; n++) stream.write("s")
          const broker = { away: true }
          const first = yield* startSpooling(stream, broker, folders.next())
          yield* first.publisher.awaitRoom.pipe(Effect.forkScoped)
          yield* pass(300)
          for (let n = 0; n < 100; n++) first.publisher.send("s", String(n), 0, 0, n, n)
          yield* pass(10)
          broker.away = false
          for (let step = 0; step < steps; step++) {
            yield* pass(10)
            stream.work(7)
          }
          const folder = folders.next()
          yield* first.crash(folder)
          stream.work(3)
          stream.breakAll(0)
          const second = yield* startSpooling(stream, broker, folder)
          for (let round = 0; second.publisher.counts().retained > 0; round++) {
            assert.isBelow(round, 500, "the replay does not come to its end")
            yield* pass(10)
            stream.work(9)
          }
          yield* second.stop
          assert.deepStrictEqual(
            numbersIn(stream).slice(3),
            Array.from({ length: 100 }, (_, at) => at),
            `after ${steps} steps`
          )
        }
      }),
    60_000
  )
})
