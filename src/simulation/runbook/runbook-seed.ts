import { parts } from "../../ops/ports/program-host.ts"
import { Dice } from "../faults/dice.ts"
import type { SeedResult } from "../run-seed.ts"
import { Trace } from "../trace.ts"
import { VirtualTime } from "../world/virtual-time.ts"
import { beginRun } from "./begin-run.ts"
import { drawAlertmanager, drawRun, quietRun } from "./draw-run.ts"
import { checkAudit, checkRecovered, checkRun, checkSilenceOf } from "./run-invariants.ts"
import { RunRecords } from "./run-records.ts"
import type { RunbookFaultKind } from "./runbook-faults.ts"
import { type RunDraw, SimRun } from "./sim-run.ts"
import { StackMachine, stateText } from "./stack-machine.ts"

/** A run that is not over after so long never ends. */
const neverMs = 3_600_000
/** 2026-11-23 08:30 in Asia/Shanghai. */
const startMs = Date.UTC(2026, 10, 23, 0, 30)

export interface RunbookSeedOptions {
  readonly seed: number
  readonly show?: (line: string) => void
  readonly transitions?: () => Record<string, number>
}

/** One machine in virtual time, and the runs of its operators. */
const makeDay = (time: VirtualTime, trace: Trace, complain: (sentence: string) => void) => {
  const machine = new StackMachine({ time, complain, note: (what, text) => trace.note(what, text) })
  const records = new RunRecords()
  const runs: Array<SimRun> = []
  let open = 0
  let checks = 0
  const check = (of: SimRun, why: string | undefined) => {
    checks++
    if (why !== undefined) complain(`${of.operator.name} (${of.draw.request.command}): ${why}`)
  }
  const begin = (draw: RunDraw): SimRun => {
    const settings = draw.request.command === "rollback" ? machine.snapshot : machine.settings
    const run = new SimRun(runs.length + 1, draw, settings)
    const beganMs = time.nowMs
    runs.push(run)
    open++
    beginRun({
      run,
      time,
      machine,
      records,
      onRecovered: ({ found }) => {
        const dead = found === undefined ? undefined : runs[found - 1]
        if (dead !== undefined) check(run, checkRecovered(dead, machine) ?? checkSilenceOf(dead, run, machine))
      },
      onEnd: () => {
        open--
        check(run, checkRun(run, machine, records, beganMs))
        trace.note("state", stateText(machine.state()))
      }
    })
    return run
  }
  return { machine, records, runs, begin, isIdle: () => open === 0, checks: () => checks }
}

/** Runs a sequence of runbooks on one machine. The same seed gives the same trace, on any machine. */
export const runRunbookSeed = async ({ seed, show, transitions }: RunbookSeedOptions): Promise<SeedResult> => {
  const time = new VirtualTime(startMs)
  const trace = new Trace(() => time.nowMs, show)
  let failure: SeedResult["failure"]
  const complain = (sentence: string) => {
    trace.note("VIOLATION", sentence)
    failure ??= { atMs: time.nowMs - startMs, sentence }
  }
  const faults: Record<string, number> = {}
  const count = (kind: RunbookFaultKind) => void (faults[kind] = (faults[kind] ?? 0) + 1)
  const day = makeDay(time, trace, complain)
  const { machine } = day
  const dice = new Dice(seed, 40)
  const alertmanagerDice = new Dice(seed, 41)

  const hasFailed = () => failure !== undefined
  const untilIdle = async () => {
    await time.advance(time.nowMs + neverMs, () => day.isIdle() || hasFailed())
    if (!day.isIdle() && failure === undefined) complain("a run is not over after an hour")
  }
  const begin = (draw: RunDraw) => {
    for (const [step, { kind }] of draw.faults)
      count(`${step === "rollback" ? step : "stage"}_${kind}` as RunbookFaultKind)
    if (draw.signalMs !== undefined) count("signal")
    if (draw.killMs !== undefined) count("killed")
    if (draw.disk !== "works") count(`disk_${draw.disk}`)
    if (draw.alertmanager !== "works") count(`alertmanager_${draw.alertmanager}`)
    if (draw.operators === "hang") count("operators_hang")
    if (draw.lockMs > 0) count("lock_slow")
    if (draw.observation !== "works") count(`observation_${draw.observation}`)
    if (!draw.hasSession) count("no_session")
    return day.begin(draw)
  }
  const draw = (): RunDraw => ({ ...drawRun(dice), alertmanager: drawAlertmanager(alertmanagerDice) })
  /** What happens while no runbook runs. */
  const betweenRuns = async () => {
    await time.advance(time.nowMs + dice.whole(100, 60_000))
    for (const part of parts) {
      if (machine.programs[part] === undefined || dice.next() >= 0.06) continue
      machine.lose(part)
      const { journal } = day.records
      if (journal !== undefined) day.runs[journal.of - 1]?.lost.add(part)
      count("part_died")
    }
    if (dice.next() < 0.3) {
      machine.settings++
      trace.note("operator", `edits the settings: version ${machine.settings}`)
      count("settings_edited")
    }
  }

  begin(quietRun("start", dice))
  await untilIdle()
  for (let left = dice.whole(3, 8); left > 0; left--) {
    if (hasFailed()) break
    await betweenRuns()
    begin(draw())
    if (dice.next() < 0.25) {
      count("second_operator")
      await time.advance(time.nowMs + dice.whole(0, 20_000), () => hasFailed())
      begin(draw())
    }
    await untilIdle()
  }
  // However the day went: a start and a stop without a fault work, and every run is in the audit then.
  for (const command of ["start", "stop"] as const) {
    if (failure !== undefined) break
    await betweenRuns()
    const run = begin(quietRun(command, dice))
    await untilIdle()
    const { outcome } = run
    if (failure === undefined && outcome?.exitCode !== 0) {
      complain(`the last ${command} has no fault, and ends with ${outcome?.exitCode}: ${outcome?.lines.join("; ")}`)
    }
  }
  const unaudited = failure === undefined ? checkAudit(day.runs, day.records) : undefined
  if (unaudited !== undefined) complain(unaudited)
  return {
    seed,
    hash: trace.digest(),
    simulatedMs: time.nowMs - startMs,
    faults,
    checks: day.checks(),
    ticks: 0,
    restarts: 0,
    runs: day.runs.length,
    ...(transitions === undefined ? {} : { transitions: transitions() }),
    failure
  }
}
