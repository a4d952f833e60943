import { type Context, Effect } from "effect"
import { MemoryDisk } from "../../market/adapters/memory/memory-disk.ts"
import { Dice } from "../faults/dice.ts"
import type { Surroundings } from "../process-run.ts"
import { ProcessRuns } from "../process-runs.ts"
import { RunTimes } from "../run-times.ts"
import type { Trace } from "../trace.ts"
import { OrderWitness } from "../witnesses/order-witness.ts"
import { PrintWitness } from "../witnesses/print-witness.ts"
import { lookBehindRival } from "../witnesses/rival-witness.ts"
import { StoredTicks } from "../witnesses/stored-ticks.ts"
import { runOf, WriterWitness } from "../witnesses/writer-witness.ts"
import { contracts, feedNames } from "./scale.ts"
import { SimBroker } from "./sim-broker.ts"
import { spoolOf } from "./sim-disk.ts"
import type { SimHours } from "./sim-hours.ts"
import { SimMarket } from "./sim-market.ts"
import { pairModeOf } from "./sim-pair.ts"
import { SimRival } from "./sim-rival.ts"
import type { VirtualTime } from "./virtual-time.ts"
import type { World } from "./world.ts"

/** Builds a world, without a daemon yet. */
export const makeWorld = (options: {
  readonly seed: number
  readonly time: VirtualTime
  readonly trace: Trace
  readonly hours: SimHours
  readonly services: Context.Context<never>
  readonly complain: (sentence: string) => void
}): World & { readonly lives: ProcessRuns } => {
  const { seed, time, trace, hours, complain } = options
  const market = new SimMarket(contracts, new Dice(seed, 1), hours.isLive)
  const pairMode = pairModeOf(seed)
  const reordered = () => lives.ended.reordered + (lives.life?.publisher().reordered ?? 0)
  const prints = pairMode === undefined ? undefined : new PrintWitness({ reordered, complain })
  if (prints !== undefined) market.onPrint = (print, contract) => prints.notePrint(print, contract)
  market.snapshot(time.nowMs)
  const runTimes = new RunTimes()
  const stored = new StoredTicks(feedNames, runTimes, () => time.nowMs)
  const order = new OrderWitness(reordered, complain)
  stored.onOvertaken = (subject, youngerMs) => order.overtaken(subject, youngerMs)
  if (prints !== undefined) stored.onTick = (life, feed, seq) => prints.noteStored(life, feed, seq, time.nowMs)
  const writers = new WriterWitness(
    complain,
    (run) => rival.isAlive(run) || (lives.life !== undefined && run === runOf(lives.life.number))
  )
  const disk = new MemoryDisk((afterMs, run) => void time.later(afterMs, run))
  const processOf = (writer: number) => (lives.life?.number === writer ? lives.life : undefined)
  const broker: SimBroker = new SimBroker({
    time,
    onTick: (subject, payload, _, writer) => {
      stored.note(subject, payload)
      if (writer < 0) return
      writers.noteStored(writer, time.nowMs)
      lookBehindRival({ subject, payload, life: writer, rival, writers, complain })
    },
    // Records of an earlier run may be stored after its end; they were checked when they were reported.
    onIntegrity: (subject, payload, _, writer) => processOf(writer)?.gaps.noteStored(subject, payload),
    onSent: (subject, _, writer) => {
      processOf(writer)?.onSent(subject)
      if (subject.startsWith("md.tick.")) writers.noteSent(writer, time.nowMs)
    },
    onEpoch: (text) => writers.noteEpoch(text, time.nowMs),
    onEpochSilence: () => writers.noteSilence(time.nowMs)
  })
  const around: Surroundings = {
    seed,
    pairMode,
    prints,
    trace,
    hours,
    market,
    broker,
    disk,
    spool: spoolOf(seed),
    runTimes,
    complain,
    previousProcess: () => ({ endedMs: lives.ended.lastMs, hasTicks: stored.held > 0, rivalMs: rival.lastMs }),
    isGapTaken: (id) => lives.ended.gapIds.has(id),
    onEarlierGap: (feed, gap) => lives.ended.noteEarlierGap(runTimes.at(gap.fromMs), feed, gap)
  }
  const lives: ProcessRuns = new ProcessRuns({
    around,
    time,
    stored,
    dice: new Dice(seed, 6),
    onForce: (run) => writers.allow(run)
  })
  const rival: SimRival = new SimRival({
    time,
    trace,
    broker,
    fork: Effect.runForkWith(options.services),
    subjects: () => stored.subjects,
    onForce: (run) => writers.allow(run)
  })
  return {
    hours,
    broker,
    disk,
    stored,
    order,
    runTimes,
    ended: lives.ended,
    writers,
    rival,
    lives,
    life: () => (lives.isStopping ? undefined : lives.life),
    pairMode,
    prints,
    reordered,
    burst: () => {
      market.snapshot(time.nowMs)
      lives.life?.sendSnapshot()
    },
    wipeStore: () => {
      broker.wipe()
      stored.wiped()
      prints?.wiped()
      writers.wiped()
      rival.wiped()
      lives.life?.storeWiped()
    },
    kill: (isPower) => !lives.isStopping && lives.kill(isPower),
    killInWrite: () => {
      if (lives.isStopping || lives.life?.spool?.spoolCounts().engaged !== true) return false
      const { number } = lives.life
      disk.dieInWrite = {
        share: new Dice(seed, 1000 + number).next(),
        die: () => void (lives.life?.number === number && lives.kill(false))
      }
      return true
    },
    restart: ({ takeOver }) => lives.restart(takeOver),
    heal: () => {
      broker.heal()
      rival.end(true)
      disk.freeBytes = Number.POSITIVE_INFINITY
      disk.forceMs = 1
      disk.dieInWrite = undefined
      lives.life?.heal()
    }
  }
}
