import type { LiveRequest } from "../../ops/domain/live-flags.ts"
import { everyPart, planOf, type StageName } from "../../ops/domain/plan.ts"
import { type RunbookCommand, rotatedFeeds, runbookCommands } from "../../ops/domain/runbook-words.ts"
import type { Dice } from "../faults/dice.ts"
import type { Disk, RunDraw } from "./sim-run.ts"
import type { StepFault } from "./stack-machine.ts"

const commands = Object.keys(runbookCommands) as ReadonlyArray<RunbookCommand>
const kinds = ["fails", "hangs", "unproved", "answerLost"] as const

/** Longest time to a signal or a kill, milliseconds: most runs are over by then, some still try again. */
const lateMs = 60_000

const requestOf = (command: RunbookCommand, dice: Dice): LiveRequest => ({
  command,
  window: dice.pick(["day", "night"]),
  profile: "live",
  config: command === "failover" ? "backup" : "primary",
  logDir: "logs/runbooks",
  envFile: undefined,
  skipLive: command === "start" && dice.next() < 0.1,
  mock: false,
  debug: false,
  force: false,
  reason: undefined,
  ...(command === "rotate" ? { feed: dice.pick(rotatedFeeds) } : {})
})

/** A run that nothing disturbs. */
export const quietRun = (command: RunbookCommand, dice: Dice): RunDraw => ({
  request: { ...requestOf(command, dice), skipLive: false },
  faults: new Map(),
  hasSession: true,
  stepMs: 500,
  disk: "works",
  operators: "answer",
  alertmanager: "works",
  observation: "works",
  lockMs: 0,
  signalMs: undefined,
  killMs: undefined
})

const faultsOf = (request: LiveRequest, dice: Dice): ReadonlyMap<StageName | "rollback", StepFault> => {
  const faults = new Map<StageName | "rollback", StepFault>()
  // A third of the runs has no fault of its own, so that the others meet a machine that works.
  const rate = dice.pick([0, 0.05, 0.25])
  for (const { name } of planOf(request, everyPart)) {
    if (dice.next() < rate) faults.set(name, { kind: dice.pick(kinds), attempts: dice.whole(1, 4) })
  }
  if (dice.next() < 0.12) faults.set("rollback", { kind: dice.pick(["fails", "hangs"] as const), attempts: 1 })
  return faults
}

/** A moment at the beginning, where a run takes its lock and reads what runs; among its stages; or later. */
const momentOf = (dice: Dice, request: LiveRequest, stepMs: number): number => {
  const chance = dice.next()
  if (chance < 0.25) return dice.whole(0, 60)
  return dice.whole(0, chance < 0.75 ? planOf(request, everyPart).length * stepMs : lateMs)
}

const diskOf = (chance: number): Disk => {
  if (chance < 0.06) return "full"
  if (chance < 0.12) return "readOnly"
  return chance < 0.18 ? "slow" : "works"
}

/** How Alertmanager answers a run. It has dice of its own: the other draws of a seed stay what they were. */
export const drawAlertmanager = (dice: Dice): RunDraw["alertmanager"] =>
  dice.next() < 0.2 ? dice.pick(["down", "hangs"] as const) : "works"

/** A run with what its seed has in store for it. */
export const drawRun = (dice: Dice, command: RunbookCommand = dice.pick(commands)): RunDraw => {
  const request = requestOf(command, dice)
  const stepMs = dice.pick([20, 500, 3_000])
  return {
    request,
    faults: faultsOf(request, dice),
    hasSession: dice.next() >= 0.08,
    stepMs,
    disk: diskOf(dice.next()),
    observation: dice.next() < 0.04 ? dice.pick(["fails", "hangs"] as const) : "works",
    lockMs: dice.next() < 0.05 ? dice.whole(100, 8_000) : 0,
    operators: dice.next() < 0.1 ? "hang" : "answer",
    alertmanager: "works",
    signalMs: dice.next() < 0.2 ? momentOf(dice, request, stepMs) : undefined,
    killMs: dice.next() < 0.3 ? momentOf(dice, request, stepMs) : undefined
  }
}
