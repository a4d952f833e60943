import { Effect, Layer, type Scope } from "effect"
import type { Body } from "../../actors/runtime/tree.ts"
import { chinaCalendar } from "../kernel/calendar/trading-calendar.ts"
import { InstrumentDirectory } from "../kernel/instrument/instrument-directory.ts"
import { LatencyHistogram } from "../kernel/latency-histogram.ts"
import { SlabPool, type TickBatch } from "../kernel/tick/tick-slab.ts"
import type { MemoryFiles } from "../market/adapters/memory/memory-disk.ts"
import { LineLatency } from "../market/application/intake/line-latency.ts"
import { makeTickQueue } from "../market/application/intake/tick-queue.ts"
import type { OverflowIntegrity } from "../market/application/integrity/overflow-integrity.ts"
import { failoverSettings } from "../market/config/failover-settings.ts"
import { makeWaiting } from "../market/layers/causes/waiting.ts"
import { DaemonEvents } from "../market/layers/events/daemon-events.ts"
import {
  BesideLine,
  BrokerLinks,
  Causes,
  DaemonRegistry,
  FeedLines,
  FeedSilence,
  Health,
  Host,
  MarketTime,
  Settings,
  States,
  TickBuffers
} from "../market/layers/lowest.ts"
import type { ProcessClock } from "./process-clock.ts"
import type { Surroundings } from "./process-run.ts"
import type { OverflowWitness } from "./witnesses/overflow-witness.ts"
import { runOf } from "./witnesses/writer-witness.ts"
import { bounds, contracts, feedNames, noStalls, ownName, silenceMs, sizes } from "./world/scale.ts"
import type { SimLine } from "./world/sim-line.ts"
import { makeSimSilence } from "./world/sim-pair.ts"

// The lowest layers of the simulation: virtual time, a memory disk, simulated fronts and broker, and witnesses
// between them.

const stayUp: Body = (ready) => Effect.andThen(ready, Effect.never)

/** A simulated process does not wait for a failed start step: the step ends it, and the next process is started. */
const simWaiting = (nowMs: () => number) => ({
  ...makeWaiting({ write: () => undefined }, { waits: true, nowMs }),
  until: <A, E, R>(_part: unknown, step: Effect.Effect<A, E, R>) => step
})

/** The lowest layers of the simulation, below those of daemon-layers.ts. */
export const simWorld = (options: {
  readonly number: number
  readonly takeOver: boolean
  readonly around: Surroundings
  readonly time: ProcessClock
  readonly files: MemoryFiles
  readonly links: BrokerLinks["Service"]
  readonly overflow: OverflowIntegrity
  readonly overflowWitness: OverflowWitness
  readonly inHand: Array<TickBatch>
  /** Subscribes the trace and the witnesses. */
  readonly witnessLayer: Layer.Layer<never, never, DaemonEvents | DaemonRegistry>
  readonly makeLines: (directory: InstrumentDirectory) => Effect.Effect<ReadonlyArray<SimLine>, unknown, Scope.Scope>
}) => {
  const { around, files, inHand, number, overflow, time } = options
  const { hours, pairMode, spool } = around
  const nowMs = () => time.nowMs
  const settings = Layer.succeed(Settings, {
    instance: ownName,
    stateDir: "/state",
    tick: {
      stream: "MD_TICKS",
      subjectTemplate: undefined,
      serializer: "json",
      queueTicks: sizes.queueTicks,
      window: sizes.window,
      maxAgeHours: 1,
      replay: false,
      takeOver: options.takeOver,
      ...(spool === undefined ? {} : { spool })
    },
    failover: failoverSettings(pairMode === undefined ? {} : { MD_FAILOVER_MODE: pairMode }),
    ctp: {
      silenceMs,
      connectTimeoutMs: bounds.connectTimeoutMs,
      loginTimeoutMs: bounds.loginTimeoutMs,
      maxRetries: 120,
      coverageMin: 1,
      preferred: feedNames[0]
    }
  })
  const host = Layer.succeed(Host, {
    nowMs,
    monotonicMs: nowMs,
    stalls: () => noStalls,
    spoolFiles: files,
    process: { host: "here", pid: number, run: runOf(number) }
  })
  const buffers = Layer.effect(
    TickBuffers,
    Effect.gen(function* () {
      const pool = new SlabPool({ rows: sizes.slabRows, keep: 16 })
      return {
        directory: new InstrumentDirectory(
          contracts.map(({ id, exchange, priceTick }) => ({ id, exchange, product: "", priceTick }))
        ),
        latency: new LatencyHistogram(),
        line: new LineLatency(),
        pool,
        queue: yield* makeTickQueue(sizes.queueTicks, { integrity: options.overflowWitness.integrity, pool }),
        overflow,
        inHand
      }
    })
  )
  const feedLines = Layer.effect(
    FeedLines,
    Effect.gen(function* () {
      const { directory } = yield* TickBuffers
      return { feeds: yield* options.makeLines(directory), isPair: pairMode !== undefined }
    })
  )
  const marketTime = Layer.effect(
    MarketTime,
    Effect.map(TickBuffers, ({ directory }) => ({
      hours: hours.market,
      laws: hours.laws(directory),
      calendar: chinaCalendar
    }))
  )
  const silence = Layer.effect(
    FeedSilence,
    Effect.gen(function* () {
      const { directory } = yield* TickBuffers
      const { feeds, isPair } = yield* FeedLines
      return makeSimSilence({ laws: hours.laws(directory), lines: isPair ? feeds : [], directory, nowMs })
    })
  )
  return {
    lowest: silence.pipe(
      Layer.provideMerge(marketTime),
      Layer.provideMerge(feedLines),
      Layer.provideMerge(buffers),
      Layer.provideMerge(options.witnessLayer),
      Layer.provideMerge(DaemonRegistry.layer),
      Layer.provideMerge(
        Layer.mergeAll(
          DaemonEvents.layer,
          States.layer,
          States.layer,
          settings,
          host,
          Layer.succeed(BrokerLinks, options.links),
          Layer.succeed(Causes, simWaiting(nowMs))
        )
      )
    ),
    health: Layer.succeed(Health, { counts: undefined, body: undefined }),
    beside: Layer.succeed(BesideLine, {
      telemetry: stayUp,
      broker: undefined,
      journal: stayUp,
      control: stayUp,
      contracts: undefined,
      isRestarting: () => false
    })
  }
}
