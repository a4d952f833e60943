import { Dice } from "../faults/dice.ts"
import type { SeedResult } from "../run-seed.ts"
import { Trace } from "../trace.ts"
import { VirtualTime } from "../world/virtual-time.ts"
import { drawTradeFault } from "./faults/trade-faults.ts"
import { BookRows } from "./witnesses/book-rows.ts"
import { BookWitness } from "./witnesses/book-witness.ts"
import { EndWitness } from "./witnesses/end-witness.ts"
import { GateWitness } from "./witnesses/gate-witness.ts"
import { Operators } from "./world/operators.ts"
import { SimBucket } from "./world/sim-bucket.ts"
import { SimDatabase } from "./world/sim-database.ts"
import { SimEvents } from "./world/sim-events.ts"
import { SimExchange } from "./world/sim-exchange.ts"
import { SimNetwork } from "./world/sim-network.ts"
import { SimRelay } from "./world/sim-relay.ts"
import { startOf } from "./world/sim-session.ts"
import { Strategies } from "./world/strategies.ts"
import { TradeRuns, traceRun } from "./world/trade-runs.ts"
import { simSymbols, type TradeWorld } from "./world/trade-world.ts"

/** Time without faults before the check at rest: longer than any grace period, backoff and interval between. */
const calmMs = 130_000
const meanGapMs = 9000
const lookEveryMs = 5000
/** Every order is asked to end, and has ended after this time. */
const endingMs = 60_000
/** The last events reach the stream within this time. */
const settlingMs = 5000

export interface TradeSeedOptions {
  readonly seed: number
  /** Simulated time, including calm and stop. */
  readonly lengthMs: number
  readonly show?: (line: string) => void
  readonly transitions?: () => Readonly<Record<string, number>>
}

/** One world from its seed, with everything that acts in it and looks at it. */
const makeTradeWorld = (seed: number, time: VirtualTime, trace: Trace, complain: (sentence: string) => void) => {
  const exchange = new SimExchange(
    time,
    seed,
    simSymbols.map((symbol, at) => ({ symbol, price: 300_000 + 150_000 * at }))
  )
  const network = new SimNetwork(time, exchange, new Dice(seed, 61))
  const database = new SimDatabase(() => void runs.kill("in a statement of its store"))
  const bucket = new SimBucket(new Dice(seed, 62))
  const world: TradeWorld = {
    seed,
    time,
    trace,
    exchange,
    network,
    database,
    bucket,
    events: new SimEvents(new Dice(seed, 63)),
    host: { skewMs: 0, wrongKeys: false },
    run: () => runs.run,
    kill: (why) => runs.kill(why),
    restart: () => runs.restart(),
    complain
  }
  const rows = new BookRows(database.database)
  const gate = new GateWitness(world, rows)
  const book = new BookWitness(world, rows)
  bucket.onStored = (key, text) => gate.stored(key, text)
  network.onSent = (request) => gate.sent(runs.run, request)
  exchange.onExchange = ({ answer, request }) => gate.arrived(request, answer)
  const runs: TradeRuns = new TradeRuns(world, new Dice(seed, 64), (run) => traceRun(world, run))
  return { world, rows, gate, book, runs }
}

/**
 * Runs one seed from the first start to the last stop. The same seed and length give the same trace, on any machine.
 */
export const runTradeSeed = async (options: TradeSeedOptions): Promise<SeedResult> => {
  const { lengthMs, seed } = options
  const startMs = startOf(seed, new Dice(seed, 60))
  const time = new VirtualTime(startMs)
  const trace = new Trace(() => time.nowMs, options.show)
  let failure: SeedResult["failure"]
  const complain = (sentence: string) => {
    trace.note("VIOLATION", sentence)
    failure ??= { atMs: time.nowMs - startMs, sentence }
  }
  const { book, gate, rows, runs, world } = makeTradeWorld(seed, time, trace, complain)
  const ended = () => failure !== undefined
  runs.start()
  const strategies = new Strategies(world, rows, new Dice(seed, 65))
  const operators = new Operators(world, gate, new Dice(seed, 66))
  // In one seed of four a relay posts the events to the webhook, too.
  const relay = new SimRelay(world, new Dice(seed, 68), seed % 4 === 1)
  let running = true
  const look = () => {
    if (!running) return
    book.look()
    time.later(lookEveryMs, look)
  }
  time.later(lookEveryMs, look)

  const dice = new Dice(seed, 67)
  const faults: Record<string, number> = {}
  const ends = new Set<() => void>()
  let stormy = true
  // In two seeds of three no fault trips by itself, so that the gate is open when the others come.
  const mayTrip = seed % 3 === 0
  const next = () => {
    time.later(dice.gapMs(meanGapMs), () => {
      if (!stormy) return
      const kind = drawTradeFault(dice, mayTrip)
      const done = kind.inject({ world, operators, book, relay }, dice)
      if (done !== undefined) {
        if (kind.counts !== "acted") faults[kind.name] = (faults[kind.name] ?? 0) + 1
        trace.note("FAULT", `${kind.name} ${done.text}`)
        const { end, lastsMs = 0 } = done
        if (end !== undefined) {
          const stop = () => {
            if (ends.delete(stop)) end()
          }
          ends.add(stop)
          time.later(lastsMs, stop)
        }
      }
      next()
    })
  }
  next()
  await time.advance(startMs + Math.max(lengthMs * 0.5, lengthMs - calmMs), ended)
  stormy = false
  for (const end of ends) end()
  trace.note("calm", "no more faults")
  operators.isDiligent = true
  await time.advance(startMs + lengthMs - endingMs, ended)
  strategies.stop()
  const end = new EndWitness({ world, rows, gate, book, strategies })
  if (!ended()) {
    strategies.cancelAll()
    await time.advance(time.nowMs + endingMs / 2, ended)
    if (!ended()) await end.look()
    await time.advance(time.nowMs + settlingMs, ended)
    if (!ended()) end.lookAtEvents()
  }
  operators.stop()
  if (!ended()) await runs.stop()
  running = false
  for (const [name, count] of Object.entries(world.exchange.board.acted())) {
    const kind = name.replaceAll("-", "_")
    faults[kind] = (faults[kind] ?? 0) + count
  }
  const checks = book.checks + gate.checks + end.checks + relay.checks
  world.database.close()
  return {
    seed,
    hash: trace.digest(),
    simulatedMs: time.nowMs - startMs,
    faults,
    checks,
    ticks: 0,
    restarts: runs.started - 1,
    orders: gate.posts.size,
    executions: world.exchange.venue.state.ledger.executions().length,
    ...(options.transitions === undefined ? {} : { transitions: options.transitions() }),
    failure
  }
}
