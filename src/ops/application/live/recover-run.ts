import { Clock, Effect } from "effect"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { runbookExits } from "../../domain/exit-codes.ts"
import { type ManagedParts, planOf } from "../../domain/plan.ts"
import { AuditLine } from "../../ports/audit-line.ts"
import { Health } from "../../ports/health.ts"
import { type FoundRun, RunJournal } from "../../ports/run-journal.ts"
import { RunLog } from "../../ports/run-log.ts"
import { Runtime } from "../../ports/runtime.ts"
import { endSilenceOf } from "./alert-silence.ts"
import { isUnreached } from "./left-state.ts"

/** A proof that holds already does so within this time, milliseconds. */
const proofMs = 10_000

const nameOf = ({ beganMs, pid, request, stage, who }: FoundRun): string => {
  const at = stage === undefined ? "before its first stage" : `in stage ${stage}`
  return `${request.command} of ${who} (pid ${pid}, since ${shanghaiIso(beganMs).slice(0, 19).replace("T", " ")}) ${at}`
}

/**
 * Whether the state that the dead run wanted is there: every proof of its plan holds. A drill and a rotation end on
 * the feed with which they began, which no proof knows after a kill: what they have left is always undone.
 */
const isComplete = (found: FoundRun, managed: ManagedParts) =>
  Effect.gen(function* () {
    const { request } = found
    if (request.command === "drill" || request.command === "rotate") return false
    const [health, runtime] = [yield* Health, yield* Runtime]
    const plan = planOf(request, managed)
    const names = plan.map(({ name }) => name)
    if (isUnreached(found, names, yield* runtime.observe)) return false
    for (const { changes, name } of plan) {
      if (changes || name === "subscription") yield* health.prove(name, request)
    }
    return true
  }).pipe(
    Effect.timeoutOrElse({ duration: proofMs, orElse: () => Effect.succeed(false) }),
    Effect.catch(() => Effect.succeed(false))
  )

/**
 * Ends what a run that was killed has left: its audit line, and its changes. They are complete, or what ran before it
 * is restored. Fails when that cannot be done; the journal stays, so that the next run tries again.
 */
export const recoverRun = Effect.fnUntraced(function* (managed: ManagedParts) {
  const [journal, audit, log, runtime] = [yield* RunJournal, yield* AuditLine, yield* RunLog, yield* Runtime]
  // Before anything is restored: a daemon that is started again must find the right secrets.
  yield* Effect.forEach(yield* runtime.settle, (found) => log.write("ERROR", found), { discard: true })
  const found = yield* journal.find.pipe(
    Effect.catch(({ message }) => Effect.as(log.write("ERROR", message), undefined))
  )
  if (found === undefined) return
  const { before, id, request, settled, touched } = found
  yield* log.write("ERROR", `Found a run that did not end: ${nameOf(found)}`)

  const record = found.record ?? { atMs: yield* Clock.currentTimeMillis, exitCode: runbookExits.killed.code }
  if (found.record === undefined) yield* journal.note({ ...found, record })
  const { command: action, profile, window } = request
  const kept = yield* audit.complete({ ...record, action, window, profile })
  if (kept !== undefined) yield* log.write("ERROR", kept)

  const undo = Effect.gen(function* () {
    if (settled || !touched || before === undefined) {
      yield* log.write("INFO", "It left nothing to undo; its audit line is complete")
    } else if (yield* isComplete(found, managed)) {
      yield* log.write("INFO", `Its ${action} is complete: every proof holds, and nothing was undone`)
    } else {
      yield* log.write("ERROR", `Its ${action} is not complete: restoring what ran before it`)
      yield* runtime.restore(before)
      yield* log.write("INFO", "What ran before it runs again")
    }
  })
  // Alerts report what is left, also when it cannot be undone.
  yield* action === "drill" && touched ? Effect.ensuring(undo, endSilenceOf(id)) : undo
  yield* journal.clear
})
