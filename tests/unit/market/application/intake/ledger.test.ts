// The ledger proves that no tick is lost without a count: a wrong column, or a sum that hides it, is a lost tick.
import { assert, describe, it } from "@effect/vitest"
import { laws } from "../../../../../src/kernel/tick/law.ts"
import {
  dropPlaces,
  exceptionReason,
  firstLawReason,
  isArbitrated,
  lateReason,
  quarantineReasons,
  type RingCounts,
  TickLedger,
  unwritableReason
} from "../../../../../src/market/application/intake/ledger.ts"

const makeLedger = () => {
  const ring = { received: 0, dropped: 0, empty: true }
  return { ring, ledger: new TickLedger("primary", (): RingCounts => ring) }
}

/** `count` ticks come out of the ring and into the queue. */
const accept = ({ ring, ledger }: ReturnType<typeof makeLedger>, count: number) => {
  ring.received += count
  ledger.delivered += count
  ledger.lastSeq = ring.received
  ledger.queued += count
}
const publish = ({ ledger }: ReturnType<typeof makeLedger>, count: number) => {
  ledger.queued -= count
  ledger.retained += count
}

const randomFrom = (seed: number) => {
  let state = seed
  return (n: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % n
  }
}

describe("reasons", () => {
  it("are each in the table once, the laws behind one another, so that an index names one reason", () => {
    assert.strictEqual(new Set(quarantineReasons).size, quarantineReasons.length)
    for (const [index, law] of laws.entries()) assert.strictEqual(quarantineReasons[firstLawReason + index], law)
    assert.deepStrictEqual(
      [exceptionReason, unwritableReason, lateReason].map((index) => quarantineReasons[index]),
      ["exception", "unwritable", "late"]
    )
    assert.deepStrictEqual([...quarantineReasons.keys()].filter(isArbitrated), [lateReason])
  })
})

describe("the columns", () => {
  it("begin with nothing, balanced", () => {
    const { ledger } = makeLedger()
    const { balanced, received, quarantined, dropped, flagged, inFlight } = ledger.snapshot()
    assert.deepStrictEqual([balanced, received], [true, 0])
    assert.deepStrictEqual([quarantined, dropped, flagged], [{}, {}, {}])
    assert.deepStrictEqual(inFlight, { ring: 0, queue: 0, publisher: 0 })
  })

  it("follow a tick from the ring over queue and publisher into the stream", () => {
    const world = makeLedger()
    const { ledger, ring } = world
    ring.received = 3
    ring.empty = false
    assert.deepStrictEqual(ledger.snapshot().inFlight, { ring: 3, queue: 0, publisher: 0 })
    assert.strictEqual(ledger.unread(), 3)
    ledger.delivered = 3
    ledger.lastSeq = 3
    ledger.queued = 3
    publish(world, 2)
    assert.deepStrictEqual(ledger.snapshot().inFlight, { ring: 0, queue: 1, publisher: 2 })
    ledger.stored(1, 1000)
    ledger.stored(2, 1010)
    const { published, inFlightTotal, balanced } = ledger.snapshot()
    assert.deepStrictEqual([published, inFlightTotal, balanced], [2, 1, true])
    assert.strictEqual(ledger.lastStoredSeq, 2)
  })

  it("name reasons, laws and places, and leave out what is 0", () => {
    const world = makeLedger()
    accept(world, 5)
    const { ledger, ring } = world
    ledger.queued = 1
    ledger.quarantined[lateReason] = 2
    ledger.flagged[0] = 1
    ledger.conflated = 1
    ledger.droppedByOverflow = 1
    ring.received += 4
    ring.dropped = 4
    ledger.holes = 4
    const snapshot = ledger.snapshot()
    assert.deepStrictEqual(snapshot.quarantined, { late: 2 })
    assert.strictEqual(snapshot.quarantinedTotal, 2)
    assert.deepStrictEqual(snapshot.flagged, { [laws[0] as string]: 1 })
    assert.deepStrictEqual(snapshot.dropped, { ring: 4, overflow: 1 })
    assert.strictEqual(snapshot.droppedTotal, 5)
    assert.deepStrictEqual(dropPlaces, ["ring", "shutdown", "overflow"])
  })

  it("take a tick that was read before its producer counted it for received", () => {
    const world = makeLedger()
    accept(world, 2)
    world.ring.received = 1
    const { received, balanced } = world.ledger.snapshot()
    assert.deepStrictEqual([received, balanced], [2, true])
  })
})

describe("a ledger that does not balance", () => {
  it("says so for a tick that vanished or was counted twice in any column", () => {
    const columns = [
      "published",
      "duplicate",
      "conflated",
      "droppedAtShutdown",
      "droppedByOverflow",
      "spooled"
    ] as const
    for (const column of [...columns, "queued", "retained"] as const) {
      for (const wrong of [-1, 1]) {
        const world = makeLedger()
        accept(world, 10)
        assert.isTrue(world.ledger.snapshot().balanced)
        world.ledger[column] += wrong
        assert.isFalse(world.ledger.snapshot().balanced, `${column} ${wrong}`)
      }
    }
    const world = makeLedger()
    accept(world, 10)
    world.ledger.quarantined[lateReason] = 1
    assert.isFalse(world.ledger.snapshot().balanced)
  })

  it("says so when more was read than the ring held", () => {
    const world = makeLedger()
    accept(world, 3)
    world.ledger.delivered++
    world.ledger.published--
    world.ledger.queued++
    assert.isFalse(world.ledger.snapshot().balanced)
  })

  it("compares the holes that it read with what the ring says it dropped, once the ring is empty", () => {
    const world = makeLedger()
    accept(world, 4)
    const { ledger, ring } = world
    // Two were dropped between those that were read.
    ring.received += 2
    ring.dropped = 2
    ledger.lastSeq = ring.received
    ledger.holes = 1
    assert.isFalse(ledger.snapshot().balanced, "a hole too few")
    ledger.holes = 2
    assert.isTrue(ledger.snapshot().balanced)
    // The last ones were dropped: no later tick shows their hole.
    ring.received += 3
    ring.dropped += 3
    assert.isTrue(ledger.snapshot().balanced)
    assert.strictEqual(ledger.droppedByRing(), 5)
  })
})

describe("a stop", () => {
  it("counts what was accepted as dropped, and what the publisher stores all the same as recovered", () => {
    const world = makeLedger()
    const { ledger } = world
    accept(world, 10)
    publish(world, 6)
    ledger.abandonAccepted()
    assert.deepInclude(ledger.snapshot(), { dropped: { shutdown: 10 }, inFlightTotal: 0, balanced: true })
    ledger.stored(1, 1)
    assert.deepInclude(ledger.snapshot(), { dropped: { shutdown: 9 }, published: 1, balanced: true })
    assert.strictEqual(ledger.recovered, 1)
    // Ticks in the queue cannot be recovered: only six were with the publisher.
    for (let seq = 2; seq <= 6; seq++) ledger.stored(seq, seq)
    assert.deepInclude(ledger.snapshot(), { dropped: { shutdown: 4 }, published: 6, balanced: true })
  })

  it("leaves ticks in the spool, from which they are stored", () => {
    const world = makeLedger()
    const { ledger } = world
    accept(world, 5)
    publish(world, 5)
    ledger.leaveSpooled()
    assert.deepInclude(ledger.snapshot(), { spooled: 5, inFlightTotal: 0, droppedTotal: 0, balanced: true })
    ledger.stored(1, 1)
    assert.deepInclude(ledger.snapshot(), { spooled: 4, published: 1, balanced: true })
  })

  it("counts what is left in the ring as dropped", () => {
    const world = makeLedger()
    const { ledger, ring } = world
    accept(world, 2)
    ring.received += 3
    ring.empty = false
    ledger.abandonRing()
    assert.deepInclude(ledger.snapshot(), { dropped: { shutdown: 3 }, balanced: true })
    assert.strictEqual(ledger.unread(), 0)
  })
})

describe("what is missing", () => {
  it("is what is in no message now; at the end of the run also what is still on its way", () => {
    const world = makeLedger()
    const { ledger, ring } = world
    accept(world, 10)
    publish(world, 10)
    ledger.giveUpRetained(2)
    ledger.conflated = 1
    ledger.retained--
    ring.received += 4
    ring.dropped += 3
    ring.empty = false
    // The hole of the three is not read yet; one waits in the ring behind it.
    assert.strictEqual(ledger.missing(false), 3)
    assert.strictEqual(ledger.missing(true), 2 + 1 + 3 + 1 + 7)
    assert.isTrue(ledger.snapshot().balanced)
  })

  it("holds what was reported as lost even when it was stored after all", () => {
    const world = makeLedger()
    accept(world, 3)
    publish(world, 3)
    world.ledger.abandonAccepted()
    world.ledger.stored(1, 1)
    assert.strictEqual(world.ledger.missing(false), 3)
    assert.strictEqual(world.ledger.missing(true), 3)
  })
})

describe("what the store keeps", () => {
  it("is counted from its first acknowledgement on, and anew when the store lost all", () => {
    const world = makeLedger()
    const { ledger } = world
    accept(world, 4)
    publish(world, 4)
    for (const seq of [5, 6, 7]) ledger.stored(seq, seq * 100)
    assert.deepStrictEqual(ledger.keptInStore, { count: 3, firstSeq: 5, lastSeq: 7, firstMs: 500, lastMs: 700 })
    assert.strictEqual(ledger.storeLost(1).count, 3)
    assert.strictEqual(ledger.keptInStore.count, 2)
    assert.strictEqual(ledger.storeLost(9).count, 2)
    assert.strictEqual(ledger.keptInStore.count, 0)
    ledger.stored(8, 800)
    assert.deepStrictEqual(ledger.keptInStore, { count: 1, firstSeq: 8, lastSeq: 8, firstMs: 800, lastMs: 800 })
  })
})

it("balances after every step of 300 random runs through all of it", () => {
  for (let run = 1; run <= 300; run++) {
    const random = randomFrom(run)
    const world = makeLedger()
    const { ledger, ring } = world
    let stored = 0
    const steps: ReadonlyArray<() => void> = [
      () => accept(world, random(20)),
      () => publish(world, random(ledger.queued + 1)),
      () => {
        const count = random(ledger.retained + 1)
        for (let n = 0; n < count; n++) ledger.stored(++stored, run)
      },
      () => ledger.giveUpRetained(random(ledger.retained + 1)),
      () => {
        const count = random(ledger.queued + 1)
        ledger.queued -= count
        const reason = random(quarantineReasons.length)
        ledger.quarantined[reason] = (ledger.quarantined[reason] ?? 0) + count
      },
      () => {
        // Dropped by the ring, and the hole read with the next tick.
        const count = random(5)
        ring.received += count
        ring.dropped += count
        accept(world, 1)
        ledger.holes += count
      }
    ]
    for (let step = 0; step < 60; step++) {
      steps[random(steps.length)]?.()
      assert.isTrue(ledger.snapshot().balanced, `run ${run}, step ${step}`)
    }
    ledger.abandonAccepted()
    const end = ledger.snapshot()
    assert.isTrue(end.balanced)
    assert.strictEqual(end.inFlightTotal, 0)
    assert.strictEqual(end.received, end.published + end.quarantinedTotal + end.droppedTotal)
  }
})
