import { runbookExits } from "../../ops/domain/exit-codes.ts"
import { feeds } from "../../ops/domain/runbook-words.ts"
import { type Part, parts } from "../../ops/ports/program-host.ts"
import type { RunRecords } from "./run-records.ts"
import type { RunOutcome, SimRun } from "./sim-run.ts"
import { type StackMachine, type StackState, stateText } from "./stack-machine.ts"

/** Parts that a command may start, stop or restart when it succeeds; the other ones keep their instance. */
const changed: Readonly<Record<string, ReadonlyArray<Part>>> = {
  start: parts,
  stop: parts,
  rollback: parts,
  restart: ["tickd"]
}

/** Why a state is not the one before a run; undefined: it is. Instances may be new, settings and feeds not. */
const differsFrom = ({ before, draw: { request }, lost, settings }: SimRun, now: StackState): string | undefined => {
  if (before === undefined) return undefined
  for (const part of parts) {
    if (lost.has(part)) continue
    const [was, is] = [before.programs[part], now.programs[part]]
    if ((was === undefined) !== (is === undefined)) {
      return `${part} ${was === undefined ? "runs, and did not before" : "does not run, and did before"}`
    }
    if (is?.half === true && is.instance !== was?.instance) return `${part} is half started`
    if (was !== undefined && is?.settings !== was.settings) return `${part} does not have its former settings`
  }
  if (lost.has("tickd") || before.programs.tickd === undefined) return undefined
  if (before.isKnown && before.active !== now.active)
    return `the active feed is ${now.active}, and was ${before.active}`
  // A new secret that is proved stays in use: a rotation rolls one feed back, not both.
  const proved = request.command === "rotate" ? settings : undefined
  const other = feeds.find((feed) => now.logins[feed] !== before.logins[feed] && now.logins[feed] !== proved)
  return other === undefined ? undefined : `${other} is not logged in with its former secret`
}

/** Why a state is not the one that a run has to reach; undefined: it is. */
const missesTarget = ({ before, draw: { request }, lost, settings }: SimRun, now: StackState): string | undefined => {
  const { command, config, feed = "both", skipLive } = request
  const wanted = changed[command] ?? []
  for (const part of parts) {
    if (lost.has(part)) continue
    const program = now.programs[part]
    if (!wanted.includes(part) || (skipLive && part === "tickd")) {
      if (before !== undefined && program?.instance !== before.programs[part]?.instance) return `${part} was touched`
    } else if (program?.half === true) {
      return `${part} is half started`
    } else if ((command === "stop") === (program !== undefined)) {
      return `${part} ${program === undefined ? "does not run" : "still runs"}`
    }
  }
  const isNew = command === "restart" || command === "rollback"
  if (isNew && now.programs.tickd?.settings !== settings) return "tickd does not have the new settings"
  if (isNew && now.programs.tickd?.instance === before?.programs.tickd?.instance) {
    return "tickd is the former one"
  }
  if ((command === "failover" || command === "failback") && now.active !== config) return `${now.active} is active`
  if (command === "drill" && now.active !== "primary") return `${now.active} is active after the drill`
  if (command !== "rotate") return undefined
  if (before?.isKnown === true && now.active !== before.active) return `${now.active} is active after the rotation`
  const left = feeds.find((name) => (feed === "both" || feed === name) && now.logins[name] !== settings)
  return left === undefined ? undefined : `${left} has its former secret`
}

const isUntouched = (old: StackState, now: StackState) => stateText(old) === stateText(now)

/** What a run that ended by itself has left behind, and what it has said about it. */
const checkState = (run: SimRun, outcome: RunOutcome): string | undefined => {
  const { end } = outcome.result
  const { before, left } = run
  if (before === undefined || left === undefined) return undefined
  const now = left.state
  if (end === "succeeded") {
    const why = missesTarget(run, now)
    return why === undefined ? undefined : `it succeeded, and ${why}`
  }
  if (end === "rolledBack") {
    const why = differsFrom(run, now)
    return why === undefined ? undefined : `it was rolled back, and ${why}`
  }
  if (end === "rollbackFailed") {
    const isSaid = outcome.lines.some((line) => line.endsWith("manual intervention required"))
    return isSaid ? undefined : "its rollback failed, and it does not say so"
  }
  return isUntouched(before, now)
    ? undefined
    : `it ended with ${end}, and changed ${stateText(before)} to ${stateText(now)}`
}

const checkMarkers = (run: SimRun, { lines, result }: RunOutcome, beganMs: number) => {
  const { command } = run.draw.request
  if (lines.includes("HEALTH=READY") && run.left?.isReady !== true)
    return "it says HEALTH=READY, and tickd is not ready"
  if (lines.includes("GRACEFUL_SHUTDOWN=OK")) {
    const lastEnd = run.left?.lastEnd
    if (lastEnd === undefined || lastEnd.atMs < beganMs) return `it says GRACEFUL_SHUTDOWN=OK, and stopped no tickd`
    if (!lastEnd.isClean) return "it says GRACEFUL_SHUTDOWN=OK, and tickd did not end cleanly"
  }
  const code = runbookExits[result.exit].code
  if (command !== "status" && (run.events.length !== 1 || run.pushed[0]?.["md_runbook_exit_code"] !== code)) {
    return `it has pushed ${JSON.stringify(run.pushed)} and stored ${run.events.length} events, and its code is ${code}`
  }
  return undefined
}

/** No alert is silent for longer, whatever happens to the run that has silenced it. */
const silentMaxMs = 600_000

/** After a drill, what it has caused may still be on its way. */
const settleMs = 15_000

/** The silence of a run is gone when `by` has ended it, the run itself or the one that recovers. */
export const checkSilenceOf = (of: SimRun, by: SimRun, { silences, time }: StackMachine): string | undefined => {
  const active = silences.active(time.nowMs)
  if (active.some(({ endMs }) => endMs > time.nowMs + silentMaxMs)) return "its silence has no end within ten minutes"
  if (of.silences.length > 0 && of.draw.request.command !== "drill") return "it is no drill, and silences alerts"
  const isLeft =
    by.draw.alertmanager === "works" &&
    active.some(({ endMs, id }) => endMs > time.nowMs + settleMs && of.silences.includes(id))
  return isLeft ? `the silence of ${of.operator.name} is left` : undefined
}

/** After the end of a run, also of one that was killed or refused. Undefined: everything holds. */
export const checkRun = (
  run: SimRun,
  machine: StackMachine,
  records: RunRecords,
  beganMs: number
): string | undefined => {
  if (machine.holder === run.operator) return "it has not released the lock"
  const { outcome } = run
  if (outcome === undefined) return undefined
  const silent = checkSilenceOf(run, run, machine)
  if (silent !== undefined) return silent
  const { draw, log } = run
  const isLocked = outcome.result.exit === "locked"
  if (!isLocked) {
    const why = checkState(run, outcome) ?? checkMarkers(run, outcome, beganMs)
    if (why !== undefined) return why
  }
  const lines = records.linesOf(run.number)
  // A line that was not confirmed in time may be there all the same.
  const isAsSaid = outcome.isAudited ? lines.length === 1 : lines.length <= (draw.disk === "slow" ? 1 : 0)
  if (!isAsSaid) return `the audit has ${lines.length} lines of it, and it says ${outcome.isAudited ? "one" : "none"}`
  if (lines.some(({ exitCode }) => exitCode !== outcome.exitCode)) return "its audit line has another exit code"
  if (!outcome.isAudited && !log.some((line) => line.startsWith("ERROR The audit line is missing: "))) {
    return "its audit line is missing, and it does not say so"
  }
  const isLeft = records.journal?.of === run.number
  if (isLeft && draw.disk !== "readOnly" && draw.disk !== "slow")
    return "its journal is left, and the disk could remove it"
  return undefined
}

/** After a run has ended what the run before it has left: the old state or the new one. */
export const checkRecovered = (dead: SimRun, machine: StackMachine): string | undefined => {
  if (dead.before === undefined) return undefined
  const now = machine.state()
  const notNew = missesTarget(dead, now)
  const notOld = differsFrom(dead, now)
  if (notNew === undefined || notOld === undefined) return undefined
  return `${dead.operator.name} was killed, and its recovery leaves a mixture: not the new state, because ${notNew}; not the old one, because ${notOld}`
}

/** When everything is over, and the last run has had no fault: each run has its one line. */
export const checkAudit = (runs: ReadonlyArray<SimRun>, records: RunRecords): string | undefined => {
  if (records.kept.length > 0) return `${records.kept.length} lines of the audit are still kept`
  if (records.journal !== undefined) return `the journal of run-${records.journal.of} is left`
  for (const { draw, isKilled, isNoted, number, operator, outcome } of runs) {
    const count = records.linesOf(number).length
    if (count > 1) return `the audit has ${count} lines of ${operator.name}`
    const isOwed = outcome?.isAudited ?? (isKilled && isNoted && draw.disk === "works")
    if (isOwed && count === 0) return `the audit has no line of ${operator.name}`
  }
  return undefined
}
