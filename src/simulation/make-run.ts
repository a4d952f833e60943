import { Effect, type Scope } from "effect"
import { Registry } from "../../actors/runtime/registry.ts"
import { InstrumentDirectory } from "../kernel/instrument/instrument-directory.ts"
import { LatencyHistogram } from "../kernel/latency-histogram.ts"
import { overflowPolicies } from "../kernel/limits/overflow-policy.ts"
import { SlabPool, type TickBatch } from "../kernel/tick/tick-slab.ts"
import { FeedArbiter } from "../market/application/intake/arbitrate-feeds.ts"
import { makeTickQueue } from "../market/application/intake/tick-queue.ts"
import type { FeedIntegrity } from "../market/application/integrity/feed-integrity.ts"
import { OverflowIntegrity } from "../market/application/integrity/overflow-integrity.ts"
import { connectIntakes, coverOf } from "../market/layers/feeds/daemon-feeds.ts"
import { makeFeedChildren } from "../market/layers/feeds/feed-children.ts"
import { makeUnwritable } from "../market/layers/feeds/unwritable-ticks.ts"
import { makeIntegrityLine } from "../market/layers/integrity/integrity-line.ts"
import { makeDaemonMachines } from "../market/layers/journal/daemon-machines.ts"
import type { OnException } from "../market/layers/log/exception-log.ts"
import type { OnQuarantineLog } from "../market/layers/log/quarantine-log.ts"
import { onSupersededOf, spoolCallbacks, unfinishedOf } from "../market/layers/publish/spool-line.ts"
import { makeStatus } from "../market/layers/status/daemon-status.ts"
import { SessionCrashes } from "./faults/session-crashes.ts"
import type { ProcessClock } from "./process-clock.ts"
import type { FoundSpool, ProcessRun, Surroundings } from "./process-run.ts"
import { runProcess } from "./run-tree.ts"
import { lookAtDownTime } from "./witnesses/down-witness.ts"
import { OverflowWitness } from "./witnesses/overflow-witness.ts"
import { AliveChildren, makeRunWitnesses } from "./witnesses/run-witnesses.ts"
import { SwitchWitness } from "./witnesses/switch-witness.ts"
import { bounds, contracts, feedNames, noStalls, silenceMs, sizes } from "./world/scale.ts"
import { lagTicks, makeSimLine } from "./world/sim-line.ts"
import { makeSimPair, wireOf } from "./world/sim-pair.ts"
import { makeSimPublisher } from "./world/sim-publisher.ts"

/** Puts one daemon together, as `makeDaemon` does; nothing of it runs before `run`. */
export const makeProcessRun = Effect.fnUntraced(function* (options: {
  readonly number: number
  readonly takeOver: boolean
  readonly around: Surroundings
  readonly time: ProcessClock
}): Effect.fn.Return<ProcessRun, unknown, Scope.Scope> {
  const { number, around, time } = options
  const { seed, trace, hours, market, broker } = around
  const nowMs = () => time.nowMs
  const startMs = time.nowMs
  // What a process says while it dies is not heard any more.
  const complain = (sentence: string) => {
    if (time.alive) around.complain(sentence)
  }
  const registry = new Registry()
  const latency = new LatencyHistogram()
  const directory = new InstrumentDirectory(
    contracts.map(({ id, exchange, priceTick }) => ({ id, exchange, product: "", priceTick }))
  )
  const pool = new SlabPool({ rows: sizes.slabRows, keep: 16 })
  const inHand: Array<TickBatch> = []
  const overflow = new OverflowIntegrity(overflowPolicies[seed % overflowPolicies.length] ?? "drop-newest")
  const overflowWitness = new OverflowWitness(overflow, inHand, complain)
  const queue = yield* makeTickQueue(sizes.queueTicks, { integrity: overflowWitness.integrity, pool })
  const alive = new AliveChildren()
  let heldSinceMs: number | undefined
  const witnesses = makeRunWitnesses({
    around,
    time,
    startMs,
    alive,
    complain,
    heldSinceMs: () => (ticks.fence.lost() === undefined ? heldSinceMs : undefined),
    fronts: () => fronts,
    isHeld: (feed) => lines[feed]?.gate.isOpen() === false
  })
  const { gaps, silence, sessions, restarts } = witnesses
  const { pairMode } = around
  const switches = new SwitchWitness({ mode: pairMode ?? "hot", hours: hours.market, fronts: () => fronts, complain })
  const lines = yield* Effect.forEach(feedNames, (feed, feedIndex) =>
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
      onOpen: () => restarts.forget(`front-${feed}`),
      onDrop: (seq) => gaps.droppedByRing(feedIndex, seq)
    })
  )
  const ledgers = lines.map(({ ledger }) => ledger)
  const fronts = lines.map(({ front }) => front)
  const arbiter = pairMode === undefined ? undefined : new FeedArbiter(feedNames.length)
  const integrity = yield* makeIntegrityLine({
    ...(arbiter === undefined ? {} : coverOf(lines)),
    instance: "simulated",
    ledgers,
    directory,
    hours: hours.laws(directory),
    silenceMs,
    phaseAt: hours.market.phaseAt,
    nextChangeMs: hours.market.nextChangeMs,
    connection: () => ({ url: "", name: "" }),
    onTrouble: (stream, { code }) => trace.note("integrity", `${stream} refuses: ${code}`),
    onWorks: () => undefined,
    onDifferent: () => undefined,
    nowMs,
    openLink: (stream) => (events) => broker.named(stream).open(events, number),
    outbox: gaps.outbox
  })
  const feedIntegrity = integrity.feeds
  const integrityOf = (feed: number) => feedIntegrity[feed] as FeedIntegrity
  const onQuarantineLog: OnQuarantineLog = (feed, reason, _, count) =>
    trace.note("quarantine", `${feed} ${count} ${reason}`)
  const onException: OnException = ({ feed, name, message }) => trace.note("exception", `${feed} ${name}: ${message}`)
  connectIntakes(lines, {
    feedIntegrity,
    arbiter,
    pool,
    queue,
    overflow,
    directory,
    replay: false,
    hours: hours.laws(directory),
    monotonicMs: nowMs,
    onQuarantineLog,
    onException
  })

  let told = 0
  const atWipe = { published: 0, recovered: 0 }
  let found: FoundSpool = { ticks: 0, cutBytes: 0 }
  const files = around.disk.mount()
  const ticks = yield* makeSimPublisher({
    life: number,
    takeOver: options.takeOver,
    broker,
    spool: around.spool,
    files,
    overflow: overflowWitness,
    directory,
    ledgers,
    latency,
    nowMs,
    alive,
    complain,
    onEvent: (event) => {
      trace.note("broker", "message" in event ? `${event.type} ${event.message}` : event.type)
      if (event.type === "storeLost") told += event.acknowledgedGone
      if (event.type === "epochTaken" || event.type === "takenBack") heldSinceMs = time.nowMs
      integrity.onPublisher(event)
      machines.onPublisher(event)
    },
    onFormerRun: (former) => {
      integrity.onFormerRun(former)
      // A publisher that broke in a stop has closed the integrity: the next start finds the same last tick, and says so.
      const daemon = registry.actor("daemon")?.state
      if (daemon === "draining" || daemon === "stopped") return
      lookAtDownTime({ former: around.previousProcess(), startMs, phaseAt: hours.market.phaseAt, gaps, complain })
    },
    onSuperseded: onSupersededOf(feedIntegrity),
    spooling: spoolCallbacks({
      log: {
        spool: (event) => {
          trace.note("spool", JSON.stringify(event))
          if (event.type === "recovered") found = event
        }
      },
      ledgers,
      feedIntegrity,
      overflow: overflow.policy,
      queue,
      monotonicMs: nowMs,
      onSpool: (event) => machines.onSpool(event)
    })
  })
  const { armed, counts, spool } = ticks

  const { missing, readiness } = makeStatus({
    instance: "simulated",
    startedMs: startMs,
    registry,
    ledgers,
    queue,
    latency,
    publisher: counts,
    fence: ticks.fence,
    integrity: integrity.counts,
    spool: spool?.spoolCounts,
    brokerUrl: () => "",
    stream: "MD_TICKS",
    stalls: () => noStalls,
    fronts: lines.map(({ feed, ctp, gate, asking: { subscriptions } }) => ({
      feed,
      account: "",
      front: ctp.front,
      subscriptions,
      workerPid: ctp.workerPid,
      isHeld: () => !gate.isOpen()
    })),
    nowMs,
    monotonicMs: nowMs
  })
  const machines = makeDaemonMachines({
    registry,
    hours: hours.market,
    feeds: feedNames,
    counts,
    workerPid: () => 0,
    reasons: missing,
    spooled: () => (spool?.spoolCounts().ticks ?? 0) > 0,
    left: () => unfinishedOf(ticks) + queue.depth()
  })

  const { phases } = machines
  const pair = makeSimPair({
    mode: pairMode,
    around,
    lines,
    feedIntegrity,
    directory,
    phases,
    registry,
    nowMs,
    switches
  })
  const onUnwritable = makeUnwritable({
    feeds: feedNames.map((feed, at) => ({ feed, integrity: integrityOf(at) })),
    directory,
    monotonicMs: nowMs,
    onQuarantineLog,
    onException,
    arbiter
  })
  const publishing = { queue, pool, ledgers, inHand, onUnwritable, keep: spool?.keep }
  const crashes = new SessionCrashes(time, (feed) => registry.actor(`session-${feed}`)?.state)
  const parts = lines.map(({ feed, index, ctp, ledger, asking: { subscriptions, logins }, gate, onMailbox }) => ({
    ...(pair === undefined ? {} : { gate }),
    ...makeFeedChildren({
      subscriptions,
      logins,
      feed,
      ctp,
      ledger,
      integrity: integrityOf(index),
      registry,
      machines,
      settings: {
        connectTimeoutMs: bounds.connectTimeoutMs,
        loginTimeoutMs: bounds.loginTimeoutMs,
        maxRetries: 120,
        coverageMin: 1,
        subscribeTimeoutMs: bounds.subscribeTimeoutMs,
        seed
      },
      silenceMs,
      lagTicks,
      nowMs,
      onState: () => pair?.feedSwitch.look(),
      onMailbox: (entrance) => {
        crashes.connect(feed, entrance)
        onMailbox(entrance)
      }
    })
  }))

  for (const [at, front] of fronts.entries()) {
    front.onLogin = (atMs) => {
      silence.noteLogin(at, atMs)
      sessions[at]?.login(atMs)
    }
  }
  const failover = pair?.feedSwitch.body
  const shared = { registry, machines, integrity, publishing, ticks, alive, witnesses, trace, nowMs }
  const run = runProcess({ ...shared, fronts: parts, failover })
  return {
    number,
    time,
    files,
    run,
    fronts,
    pair,
    isHeld: (feed) => lines[feed]?.gate.isOpen() === false,
    gaps,
    silence,
    overflow: overflowWitness,
    ledgers,
    registry,
    restarts,
    sessions,
    publisher: counts,
    fence: ticks.fence,
    isLinkAlive: () => alive.link,
    spool,
    found,
    reasons: () => readiness().reasons,
    queueDepth: queue.depth,
    onSent: (subject) => {
      if (!alive.link) complain(`a message of ${subject} went to the broker although the link's child has ended`)
    },
    sendSnapshot: () =>
      silence.noteSnapshot(
        fronts.map((front) => front.sendTicks()),
        time.nowMs
      ),
    storeWiped: () => {
      atWipe.published = ledgers.reduce((sum, { published }) => sum + published, 0)
      atWipe.recovered = spool?.spoolCounts().recovered ?? 0
      gaps.wiped()
    },
    gone: () => ({ expected: atWipe.published + atWipe.recovered, recovered: atWipe.recovered, told }),
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
      for (const front of fronts) front.heal()
      crashes.heal()
      pair?.hold(false)
      armed.publisher = false
      armed.link = false
    }
  }
})
