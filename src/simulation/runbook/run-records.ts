import { Effect, Layer } from "effect"
import type { LiveRequest } from "../../ops/domain/live-flags.ts"
import { AlertSilences } from "../../ops/ports/alert-silences.ts"
import { type AuditEntry, AuditLine, AuditLineError } from "../../ops/ports/audit-line.ts"
import { MetricsPush, type PushedValues } from "../../ops/ports/metrics-push.ts"
import { Operators } from "../../ops/ports/operators.ts"
import { RunEvents } from "../../ops/ports/run-events.ts"
import { type FoundRun, RunJournal, RunJournalError } from "../../ops/ports/run-journal.ts"
import { RunLock, RunLockError } from "../../ops/ports/run-lock.ts"
import { RunLog } from "../../ops/ports/run-log.ts"
import { Snapshots } from "../../ops/ports/snapshots.ts"
import type { SimRun } from "./sim-run.ts"
import type { StackMachine } from "./stack-machine.ts"

/** Time of one write that is forced to the disk, before and after it has happened, milliseconds. */
const writeMs = 3
const slowWriteMs = 1_000

interface AuditedLine {
  readonly entry: AuditEntry
  /** Number of the run. */
  readonly of: number
}

const fields = ["atMs", "action", "window", "profile", "exitCode"] as const
const isEqual = (one: AuditEntry, other: AuditEntry) => fields.every((name) => one[name] === other[name])

/** What runs leave on the disk of one machine: audit, kept lines, journal. It outlives every run. */
export class RunRecords {
  readonly audit: Array<AuditedLine> = []
  kept: Array<AuditedLine> = []
  journal: { readonly found: FoundRun; readonly of: number } | undefined

  /** Lines of a run, those that are kept for later included. */
  linesOf(run: number): ReadonlyArray<AuditEntry> {
    return [...this.audit, ...this.kept].filter(({ of }) => of === run).map(({ entry }) => entry)
  }
}

export interface RecordPortOptions {
  readonly run: SimRun
  readonly machine: StackMachine
  readonly records: RunRecords
}

/** Lock, audit, journal, log and reports for one run, with the promises of their ports. */
export const recordPorts = ({ machine, records, run }: RecordPortOptions) => {
  const { draw, operator } = run
  const { alertmanager, disk, lockMs, operators } = draw
  const forceMs = disk === "slow" ? slowWriteMs : writeMs
  /** A write happens at one instant between two others, so that a kill is before or after it. */
  const written = <A, E>(write: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.sleep(forceMs).pipe(Effect.andThen(write), Effect.tap(Effect.sleep(forceMs)))
  /** The run whose note was found last: a line that completes is its. */
  let foundOf = run.number
  const put = (entry: AuditEntry, of: number, once: boolean) =>
    written(
      Effect.suspend(() => {
        if (disk === "readOnly") return Effect.fail(new AuditLineError({ message: "The audit is read-only" }))
        const isKnown = (known: AuditedLine) => isEqual(known.entry, entry)
        if (disk === "full") {
          if (!once || !records.kept.some(isKnown)) records.kept.push({ entry, of })
          return Effect.succeed("The line is kept; the next run appends it")
        }
        const waiting = records.kept.filter(
          ({ entry: kept }) => !records.audit.some((known) => isEqual(known.entry, kept))
        )
        records.audit.push(...waiting)
        records.kept = []
        if (!once || !records.audit.some(isKnown)) records.audit.push({ entry, of })
        return Effect.undefined
      })
    )
  const journalFault = (message: string) => new RunJournalError({ message })
  const log = (level: string, message: string) =>
    Effect.sync(() => {
      run.log.push(`${level} ${message}`)
      machine.note("log", `${operator.name} ${level} ${message}`)
    })
  return Layer.mergeAll(
    Layer.succeed(RunLock, {
      take: Effect.andThen(
        Effect.sleep(lockMs),
        Effect.suspend(() => {
          const { holder } = machine
          if (holder !== undefined && holder !== operator) {
            return Effect.fail(new RunLockError({ held: true, message: `The lock is held by ${holder.name}` }))
          }
          machine.holder = operator
          return Effect.void
        })
      ),
      release: Effect.sync(() => {
        if (machine.holder !== operator) return
        machine.holder = undefined
        run.left = { state: machine.state(), isReady: machine.isLoggedIn(), lastEnd: machine.lastEnd }
      })
    }),
    Layer.succeed(AuditLine, {
      append: (entry) => put(entry, run.number, false),
      complete: (entry) => put(entry, foundOf, true)
    }),
    Layer.succeed(RunJournal, {
      find: Effect.sync(() => {
        const { journal } = records
        if (journal === undefined) return undefined
        foundOf = journal.of
        run.found = journal.of
        return journal.found
      }),
      note: (note) =>
        written(
          Effect.suspend(() => {
            if (disk === "full" || disk === "readOnly")
              return Effect.fail(journalFault("The journal cannot be written"))
            const isOwn = records.journal?.found.id !== note.id
            records.journal = {
              found: { ...note, who: operator.name, pid: run.number },
              of: isOwn ? run.number : (records.journal?.of ?? run.number)
            }
            if (records.journal.of === run.number) run.isNoted = true
            return Effect.void
          })
        ),
      clear: written(
        Effect.suspend(() => {
          if (disk === "readOnly") return Effect.fail(journalFault("The journal cannot be removed"))
          records.journal = undefined
          return Effect.void
        })
      )
    }),
    Layer.succeed(MetricsPush, { push: (values: PushedValues) => Effect.sync(() => void run.pushed.push(values)) }),
    Layer.succeed(RunEvents, { publish: (ended) => Effect.sync(() => void run.events.push(ended)) }),
    Layer.succeed(Snapshots, {
      keep: () =>
        written(
          Effect.sync(() => {
            machine.snapshot = machine.programs.tickd?.settings ?? machine.snapshot
            return undefined
          })
        )
    }),
    Layer.succeed(Operators, {
      notify: () => (operators === "hang" ? Effect.never : Effect.as(Effect.sleep(writeMs), []))
    }),
    Layer.effect(
      AlertSilences,
      Effect.map(AlertSilences, ({ place, ...others }) => ({
        ...others,
        place: (silence) => Effect.tap(place(silence), (id) => Effect.sync(() => void run.silences.push(id)))
      }))
    ).pipe(Layer.provide(machine.silences.layerOf({ fault: alertmanager === "works" ? undefined : alertmanager }))),
    Layer.succeed(RunLog, { write: log, mark: log, follow: () => Effect.void })
  )
}

/** What a person types. */
export const requestText = ({ command, config, feed, skipLive }: LiveRequest): string =>
  [
    command,
    ...(command === "start" && config !== "primary" ? [`--config ${config}`] : []),
    ...(feed === undefined ? [] : [`--feed ${feed}`]),
    ...(skipLive ? ["--skip-live"] : [])
  ].join(" ")
