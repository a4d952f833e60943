import { Clock, Context, Scheduler } from "effect"
import { Dice } from "./faults/dice.ts"
import { type Draw, drawFault, singleFaults, stagedDraw } from "./faults/faults.ts"
import { Trace } from "./trace.ts"
import { lookAtRest, lookNow } from "./witnesses/invariants.ts"
import { makeWorld } from "./world/make-world.ts"
import { contracts, snapshotEveryMs } from "./world/scale.ts"
import { ticksOnDisk } from "./world/sim-disk.ts"
import { hoursOf } from "./world/sim-hours.ts"
import { SimOperator } from "./world/sim-operator.ts"
import { VirtualTime } from "./world/virtual-time.ts"
import type { World } from "./world/world.ts"

/** Time without faults before the check at rest: longer than any backoff, dial and repair ladder. */
const calmMs = 150_000
const meanGapMs = 12_000
/** One seed in this many, the last of them, has staged faults in addition, with this mean interval. */
const stagedSeeds = 7
const meanStagedGapMs = 45_000
/** An operator checks for sessions that wait for one. */
const operatorEveryMs = 20_000
/** Time in which ticks fill window, queue and ring. */
const fillsLineMs = 25_000
/** One seed in this many is stopped in the middle of its faults. */
const stormyStops = 4

export interface SeedOptions {
  readonly seed: number
  /** Simulated time, including calm and stop. */
  readonly lengthMs: number
  readonly show?: (line: string) => void
  /** Transitions since the last call. */
  readonly transitions?: () => Readonly<Record<string, number>>
}

export interface SeedResult {
  readonly seed: number
  readonly hash: string
  readonly simulatedMs: number
  /** By name of the kind. */
  readonly faults: Readonly<Record<string, number>>
  readonly checks: number
  readonly ticks: number
  readonly restarts: number
  /** Of runbooks; omit: the seed runs a daemon. */
  readonly runs?: number
  /** Of trading: orders that were sent, and executions of the venue. */
  readonly orders?: number
  readonly executions?: number
  /** Transitions of machines by name, when they are counted. */
  readonly transitions?: Readonly<Record<string, number>>
  /** First complaint and its time; undefined: everything held. */
  readonly failure: { readonly atMs: number; readonly sentence: string } | undefined
}

/**
 * Runs one seed from boot to stop. The same seed and length give the same trace, on any machine and in any number of
 * runs.
 */
export const runSeed = async (options: SeedOptions): Promise<SeedResult> => {
  const { seed, lengthMs } = options
  const hours = hoursOf(seed, contracts, new Dice(seed, 4))
  const { startMs } = hours
  const time = new VirtualTime(startMs)
  const trace = new Trace(() => time.nowMs, options.show)
  let failure: SeedResult["failure"]
  const complain = (sentence: string) => {
    trace.note("VIOLATION", sentence)
    failure ??= { atMs: time.nowMs - startMs, sentence }
  }
  const services = Context.make(Clock.Clock, time.clock).pipe(Context.add(Scheduler.Scheduler, time.scheduler))
  const made = makeWorld({ seed, time, trace, hours, services, complain })
  const { lives } = made
  lives.start(false)
  await time.settle()
  if (lives.life === undefined) throw new Error(`seed ${seed}: the daemon could not be made`)

  const ended = () => failure !== undefined
  let running = true
  let checks = 0
  every(time, snapshotEveryMs, 0, () => running, made.burst)
  every(
    time,
    snapshotEveryMs,
    250,
    () => running,
    () => {
      checks += lookNow(made, time.nowMs, complain)
    }
  )
  const operator = new SimOperator({ world: made, trace, dice: new Dice(seed, 7) })
  every(
    time,
    operatorEveryMs,
    0,
    () => running,
    () => operator.act(time.nowMs)
  )

  const dice = new Dice(seed, 2)
  const stormy = dice.whole(1, stormyStops) === 1
  const storm = startFaults({ world: made, time, trace, dice, draw: singleFaults, meanGapMs })
  const staged =
    seed % stagedSeeds === stagedSeeds - 1
      ? startFaults({ world: made, time, trace, dice: new Dice(seed, 9), draw: stagedDraw, meanGapMs: meanStagedGapMs })
      : undefined
  const stormEndMs = startMs + Math.max(lengthMs * 0.5, lengthMs - calmMs)
  if (stormy && new Dice(seed, 3).whole(1, 3) === 1) loseBrokerAt(made, time, stormEndMs - fillsLineMs, trace)
  await time.advance(stormEndMs, ended)
  storm.stop()
  staged?.stop()
  if (!stormy && !ended()) {
    made.heal()
    trace.note("calm", "no more faults")
    await time.advance(startMs + lengthMs, ended)
    if (!ended()) checks += lookAtRest(made, time.nowMs, complain)
  }
  if (failure === undefined) await lives.stop(!stormy)
  running = false
  if (failure === undefined) made.ended.look(ticksOnDisk(made.disk, made.runTimes), !stormy)

  trace.note("ledger", JSON.stringify(made.ended.ledgers))
  return {
    seed,
    hash: trace.digest(),
    simulatedMs: time.nowMs - startMs,
    faults: { ...storm.injected, ...staged?.injected },
    checks: checks + lives.checks + made.ended.checks + made.writers.checks + made.order.checks,
    ticks: made.ended.ticks,
    restarts: made.ended.restarts,
    ...(options.transitions === undefined ? {} : { transitions: options.transitions() }),
    failure
  }
}

const every = (time: VirtualTime, everyMs: number, offsetMs: number, going: () => boolean, act: () => void) => {
  const again = () => {
    if (!going()) return
    act()
    time.later(everyMs, again)
  }
  time.later(offsetMs === 0 ? everyMs : offsetMs, again)
}

/** Draws a fault, lets it last, and draws the next: several may be active at once. */
const startFaults = (options: {
  readonly world: World
  readonly time: VirtualTime
  readonly trace: Trace
  readonly dice: Dice
  readonly draw: Draw
  readonly meanGapMs: number
}) => {
  const { world, time, trace, dice } = options
  const injected: Record<string, number> = {}
  let going = true
  const next = () => {
    time.later(dice.gapMs(options.meanGapMs), () => {
      if (!going) return
      const kind = drawFault(options.draw, dice, world.pairMode !== undefined)
      const done = kind.inject(world, dice)
      if (done !== undefined) {
        injected[kind.name] = (injected[kind.name] ?? 0) + 1
        trace.note("FAULT", `${kind.name} ${done.text}`)
        const { end, lastsMs } = done
        if (end !== undefined) {
          time.later(lastsMs ?? 0, () => {
            if (!going) return
            trace.note("fault ends", kind.name)
            end()
          })
        }
      }
      next()
    })
  }
  next()
  return { injected, stop: () => void (going = false) }
}

/** The broker fails for good, long enough before the stop that queue and ring fill up: the hardest stop. */
const loseBrokerAt = (world: World, time: VirtualTime, atMs: number, trace: Trace) =>
  void time.later(atMs - time.nowMs, () => {
    trace.note("FAULT", "the broker goes for good")
    world.broker.setDown(true)
    world.broker.breakAll(1, "the server went away")
  })
