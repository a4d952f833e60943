import { Context, Effect, Layer, Logger, References, type Scope } from "effect"
import type { InstrumentDirectory } from "../kernel/instrument/instrument-directory.ts"
import { overflowPolicies } from "../kernel/limits/overflow-policy.ts"
import type { TickBatch } from "../kernel/tick/tick-slab.ts"
import type { PublisherCounts } from "../market/adapters/jetstream/acked-publisher.ts"
import { OverflowIntegrity } from "../market/application/integrity/overflow-integrity.ts"
import { daemonLayers } from "../market/layers/daemon-layers.ts"
import { DaemonEvents } from "../market/layers/events/daemon-events.ts"
import { Failover } from "../market/layers/failover/failover-layer.ts"
import { DaemonRegistry, TickBuffers } from "../market/layers/lowest.ts"
import { Publish } from "../market/layers/publish/publish-layer.ts"
import { Readiness } from "../market/layers/status/readiness-layer.ts"
import { Tree } from "../market/layers/tree-layer.ts"
import { SessionCrashes } from "./faults/session-crashes.ts"
import type { ProcessClock } from "./process-clock.ts"
import type { ProcessRun, Surroundings } from "./process-run.ts"
import { simWorld } from "./sim-world.ts"
import { RunReports, traceEvents } from "./trace-events.ts"
import { lookAtDownTime } from "./witnesses/down-witness.ts"
import { OverflowWitness } from "./witnesses/overflow-witness.ts"
import { AliveChildren, makeRunWitnesses } from "./witnesses/run-witnesses.ts"
import { SwitchWitness } from "./witnesses/switch-witness.ts"
import { feedNames } from "./world/scale.ts"
import { makeSimLine, type SimLine } from "./world/sim-line.ts"
import { makeSimLinks } from "./world/sim-links.ts"
import { simPairOf, wireOf } from "./world/sim-pair.ts"

/** Builds one daemon from the layers that ship, over a simulated world. Nothing of it runs before `run`. */
export const makeProcessRun = Effect.fnUntraced(function* (options: {
  readonly number: number
  readonly takeOver: boolean
  readonly around: Surroundings
  readonly time: ProcessClock
}): Effect.fn.Return<ProcessRun, unknown, Scope.Scope> {
  const { number, around, time } = options
  const { seed, trace, hours, market, broker, pairMode } = around
  const nowMs = () => time.nowMs
  const startMs = time.nowMs
  // Complaints of a dying process are ignored.
  const complain = (sentence: string) => {
    if (time.alive) around.complain(sentence)
  }
  // A layer makes the lines; the witnesses hold this list.
  const lines: Array<SimLine> = []
  const fronts = () => lines.map(({ front }) => front)
  const isHeld = (feed: number) => lines[feed]?.gate.isOpen() === false
  const reports = new RunReports()
  const alive = new AliveChildren()
  const witnesses = makeRunWitnesses({
    around,
    time,
    startMs,
    alive,
    complain,
    heldSinceMs: () => (reports.isFenced() ? undefined : reports.heldSinceMs),
    fronts,
    isHeld
  })
  const { gaps, silence, sessions, restarts } = witnesses
  const inHand: Array<TickBatch> = []
  const overflow = new OverflowIntegrity(overflowPolicies[seed % overflowPolicies.length] ?? "drop-newest")
  const overflowWitness = new OverflowWitness(overflow, inHand, complain)
  const switches = new SwitchWitness({ mode: pairMode ?? "hot", hours: hours.market, fronts, complain })
  const { links, armed } = makeSimLinks({
    life: number,
    broker,
    outbox: gaps.outbox,
    overflow: overflowWitness,
    alive,
    complain
  })
  const files = around.disk.mount()
  const crashes = new SessionCrashes(time)
  const makeLine = (directory: InstrumentDirectory, feed: string, feedIndex: number) =>
    makeSimLine({
      pair: wireOf(around, number, feedIndex, switches),
      feed,
      feedIndex,
      seed,
      life: number,
      time,
      trace,
      market,
      directory,
      crashes,
      opened: () => restarts.forget(`front-${feed}`),
      dropped: (seq) => gaps.droppedByRing(feedIndex, seq)
    })
  const witnessLayer = Layer.effectDiscard(
    Effect.gen(function* () {
      const registry = yield* DaemonRegistry
      const events = yield* DaemonEvents
      traceEvents({ events, registry, trace, alive, witnesses, crashes, reports, nowMs })
      events.subscribe("surroundings", (event) => {
        if (event.type === "switched") switches.noteRecord(event.record)
        if (event.type !== "previousRun") return
        // A publisher that broke in a stop has closed the integrity: the next start finds the same last tick, and
        // reports it.
        const daemon = registry.actor("daemon")?.state
        if (daemon === "draining" || daemon === "stopped") return
        lookAtDownTime({
          former: around.previousProcess(),
          startMs,
          phaseAt: hours.market.phaseAt,
          gaps,
          isHeld,
          complain
        })
      })
    })
  )
  const built = yield* Layer.build(
    daemonLayers(
      simWorld({
        number,
        takeOver: options.takeOver,
        around,
        time,
        files,
        links,
        overflow,
        overflowWitness,
        inHand,
        witnessLayer,
        makeLines: (directory) =>
          Effect.tap(
            Effect.forEach(feedNames, (feed, at) => makeLine(directory, feed, at)),
            (made) => Effect.sync(() => void lines.push(...made))
          )
      })
    )
  )
  const { counts, fence, spool } = Context.get(built, Publish)
  reports.isFenced = () => fence.lost() !== undefined
  const registry = Context.get(built, DaemonRegistry)
  const { answer } = Context.get(built, Readiness)
  const { queue } = Context.get(built, TickBuffers)
  const pair = simPairOf(pairMode, Context.get(built, Failover).feedSwitch, switches, nowMs)
  const ledgers = lines.map(({ ledger }) => ledger)
  for (const [at, front] of fronts().entries()) {
    front.onLogin = (atMs) => {
      silence.noteLogin(at, atMs)
      sessions[at]?.login(atMs)
    }
  }
  const atWipe = { published: 0, recovered: 0 }
  return {
    number,
    time,
    files,
    run: Context.get(built, Tree)
      .run(Effect.void)
      .pipe(Effect.provide(Logger.layer([trace.logger])), Effect.provideService(References.MinimumLogLevel, "Warn")),
    fronts: fronts(),
    pair,
    isHeld,
    gaps,
    silence,
    overflow: overflowWitness,
    ledgers,
    registry,
    restarts,
    sessions,
    publisher: counts as () => PublisherCounts,
    fence,
    isLinkAlive: () => alive.link,
    spool,
    found: reports.found,
    reasons: () => answer().reasons,
    queueDepth: queue.depth,
    onSent: (subject) => {
      if (!alive.link) complain(`a message of ${subject} was sent to the broker although the link's child has ended`)
    },
    sendSnapshot: () =>
      silence.noteSnapshot(
        lines.map(({ front }) => front.sendTicks()),
        time.nowMs
      ),
    storeWiped: () => {
      atWipe.published = ledgers.reduce((sum, { published }) => sum + published, 0)
      atWipe.recovered = spool?.spoolCounts().recovered ?? 0
      gaps.wiped()
    },
    gone: () => ({
      expected: atWipe.published + atWipe.recovered,
      recovered: atWipe.recovered,
      reported: reports.storeLost
    }),
    crashSession: (feed) => crashes.crash(feed),
    crashSessionEvery: (feed, everyMs) => crashes.crashEvery(feed, everyMs),
    crashPublisher: () => alive.publisher && !armed.publisher && (armed.publisher = true),
    crashLink: () => {
      if (!alive.link || armed.link) return false
      armed.link = true
      broker.breakAll(1, "the link is about to crash")
      return true
    },
    askSession: (feed, request) => crashes.ask(feed, request),
    heal: () => {
      for (const { front } of lines) front.heal()
      crashes.heal()
      pair?.hold(false)
      armed.publisher = false
      armed.link = false
    }
  }
})
