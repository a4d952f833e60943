import { Clock, Effect } from "effect"
import type { LiveRequest } from "../../domain/live-flags.ts"
import type { StageName } from "../../domain/plan.ts"
import { type JournalNote, RunJournal, type RunJournalError } from "../../ports/run-journal.ts"
import { RunLog } from "../../ports/run-log.ts"
import type { RunningState } from "../../ports/runtime.ts"

/**
 * What a run notes of itself. Nothing is noted before `begin`: until then the journal is that of the run before. A
 * journal that cannot be written costs the recovery after a kill, so that it is logged, once, and ends no run.
 */
export const makeRunNotes = Effect.fnUntraced(function* (request: LiveRequest) {
  const journal = yield* RunJournal
  const log = yield* RunLog
  let note: JournalNote | undefined
  let isReported = false
  const report = ({ message }: RunJournalError) => {
    if (isReported) return Effect.void
    isReported = true
    return log.write("ERROR", message)
  }
  const change = (part: Partial<JournalNote>) =>
    Effect.suspend(() => {
      if (note === undefined) return Effect.void
      note = { ...note, ...part }
      return journal.note(note).pipe(Effect.catch(report))
    })
  return {
    /** Name of this run in the journal; undefined before it has begun. */
    id: () => note?.id,
    begin: Effect.gen(function* () {
      const beganMs = yield* Clock.currentTimeMillis
      note = {
        id: `${request.command}-${beganMs}`,
        request,
        beganMs,
        before: undefined,
        stage: undefined,
        touched: false,
        settled: false,
        record: undefined
      }
      yield* change({})
    }),
    observed: (before: RunningState) => change({ before }),
    stage: (stage: StageName, touched: boolean) => change({ stage, touched }),
    recording: (atMs: number, exitCode: number) => change({ settled: true, record: { atMs, exitCode } }),
    end: Effect.suspend(() => {
      if (note === undefined) return Effect.void
      note = undefined
      return journal.clear.pipe(Effect.catch(report))
    })
  }
})
