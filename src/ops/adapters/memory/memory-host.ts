import { Effect, Layer } from "effect"
import type { LiveRequest } from "../../domain/live-flags.ts"
import { everyPart, planOf, type StageName } from "../../domain/plan.ts"
import type { RunFacts } from "../../domain/run-facts.ts"
import type { Feed } from "../../domain/runbook-words.ts"
import { type AuditEntry, AuditLine, AuditLineError } from "../../ports/audit-line.ts"
import { Health, NoSessionError, ProofError } from "../../ports/health.ts"
import { MetricsPush, type PushedValues } from "../../ports/metrics-push.ts"
import { type OperatorNews, Operators } from "../../ports/operators.ts"
import { type EndedRun, RunEvents } from "../../ports/run-events.ts"
import { type FoundRun, RunJournal } from "../../ports/run-journal.ts"
import { RunLock, RunLockError } from "../../ports/run-lock.ts"
import { RunLog } from "../../ports/run-log.ts"
import { type RunningState, Runtime, RuntimeError } from "../../ports/runtime.ts"
import { type ProvedRun, Snapshots } from "../../ports/snapshots.ts"
import { type MemorySilencesOptions, makeMemorySilences } from "./memory-silences.ts"

/**
 * A fault of a stage in its first `attempts` attempts. `fails`: half of the change is made, then an error. `hangs`:
 * half of it is made, then nothing. `unproved`: the change is made, and its proof does not hold.
 */
export interface StageFault {
  readonly kind: "fails" | "hangs" | "unproved"
  readonly attempts: number
}

export interface MemoryHostOptions {
  readonly state: RunningState
  readonly faults: Readonly<Partial<Record<StageName, StageFault>>>
  readonly restore: "works" | "fails" | "hangs"
  readonly audit: "works" | "fails"
  /** Who holds the lock; undefined: it is free. */
  readonly lockHolder: string | undefined
  readonly hasSession: boolean
  /** Default: they answer. */
  readonly operators?: "hang"
  /** Default: it answers. */
  readonly alertmanager?: MemorySilencesOptions["fault"]
  /** Time of a change and of its proof, milliseconds. */
  readonly stepMs: number
}

const other = (text: string | undefined) => text ?? "started"

/** What each changing stage leaves behind. */
const targets: Readonly<
  Partial<Record<StageName, (state: RunningState, request: LiveRequest) => Partial<RunningState>>>
> = {
  nats: ({ nats }) => ({ nats: other(nats) }),
  tickd: ({ activeFeed, tickd }, { config }) => ({ tickd: other(tickd), activeFeed: activeFeed ?? config }),
  monitoring: ({ monitoring }) => ({ monitoring: other(monitoring) }),
  console: (state) => ({ console: other(state.console) }),
  handOver: () => ({ tickd: "restarted" }),
  startSnapshot: ({ activeFeed }, { config }) => ({ tickd: "rolled back", activeFeed: activeFeed ?? config }),
  switchFeed: (_, { config }) => ({ activeFeed: config }),
  stopConsole: () => ({ console: undefined }),
  stopMonitoring: () => ({ monitoring: undefined }),
  stopTickd: () => ({ tickd: undefined, activeFeed: undefined }),
  stopNats: () => ({ nats: undefined }),
  rotateBackup: () => ({ activeFeed: "primary" }),
  rotateSwitch: () => ({ activeFeed: "backup" }),
  rotatePrimary: () => ({ activeFeed: "backup" }),
  rotateReturn: ({ activeFeed }) => ({ activeFeed }),
  drillFailover: () => ({ activeFeed: "backup" }),
  drillFailback: () => ({ activeFeed: "primary" })
}

/** A change that was begun and not completed: the program is there and not usable. */
const halfOf = (change: Partial<RunningState>): Partial<RunningState> =>
  Object.fromEntries(Object.keys(change).map((name) => [name, name === "activeFeed" ? undefined : "half"]))

/** What a stage leads from: a program that is not usable does not count as one that runs. */
const wholeOf = (state: RunningState): RunningState => ({
  nats: state.nats === "half" ? undefined : state.nats,
  tickd: state.tickd === "half" ? undefined : state.tickd,
  monitoring: state.monitoring === "half" ? undefined : state.monitoring,
  console: state.console === "half" ? undefined : state.console,
  activeFeed: state.activeFeed
})

const isSame = (state: RunningState, change: Partial<RunningState>) =>
  Object.entries(change).every(([name, value]) => state[name as keyof RunningState] === value)

const fields = ["atMs", "action", "window", "profile", "exitCode"] as const
const isEqual = (one: AuditEntry, other: AuditEntry) => fields.every((name) => one[name] === other[name])

const factsOf = (stage: StageName, { config }: LiveRequest, ms: number): RunFacts => {
  if (stage === "handOver") return { gapMs: ms }
  if (stage === "drillFailover" || (stage === "switchFeed" && config === "backup")) return { failoverMs: ms }
  return stage === "drillFailback" || stage === "switchFeed" ? { failbackMs: ms } : {}
}

/** A machine with its programs in memory: the twin of every port of a run. Nothing outside of it is read or changed. */
export const makeMemoryHost = (options: MemoryHostOptions) => {
  const { faults, stepMs } = options
  const audit: Array<AuditEntry> = []
  const log: Array<string> = []
  const followed: Array<Feed> = []
  const pushed: Array<PushedValues> = []
  const events: Array<EndedRun> = []
  const called: Array<OperatorNews> = []
  const proved: Array<ProvedRun> = []
  const silences = makeMemorySilences()
  const tried = new Map<StageName, number>()
  let state = options.state
  /** What ran when the run began: a stage leads from there to its target. */
  let observed = options.state
  let holder = options.lockHolder
  let journal: FoundRun | undefined

  const faultOf = (stage: StageName) => {
    const fault = faults[stage]
    return fault !== undefined && (tried.get(stage) ?? 0) <= fault.attempts ? fault.kind : undefined
  }
  const change = (stage: StageName, part: Partial<RunningState>) =>
    Effect.gen(function* () {
      const fault = faultOf(stage)
      const isBroken = fault === "fails" || fault === "hangs"
      if (!isBroken && isSame(state, part)) return false
      state = { ...state, ...halfOf(part) }
      yield* Effect.sleep(stepMs)
      if (fault === "hangs") return yield* Effect.never
      if (fault === "fails") return yield* new RuntimeError({ message: `Stage ${stage} failed in the rehearsal` })
      state = { ...state, ...part }
      return true
    })

  const freeLock = () => {
    if (holder === "this run") holder = undefined
  }
  const appendLine = (entry: AuditEntry) =>
    options.audit === "fails"
      ? Effect.fail(new AuditLineError({ message: "No space left on the device" }))
      : Effect.sync(() => void audit.push(entry))
  const writeLog = (level: string, message: string) => Effect.sync(() => void log.push(`${level} ${message}`))

  const layer = Layer.mergeAll(
    Layer.succeed(Runtime, {
      settle: Effect.succeed([]),
      observe: Effect.sync(() => {
        observed = wholeOf(state)
        return state
      }),
      carryOut: (stage, request) =>
        Effect.suspend(() => {
          tried.set(stage, (tried.get(stage) ?? 0) + 1)
          return change(stage, targets[stage]?.(observed, request) ?? {})
        }),
      begin: Effect.void,
      hasDrained: Effect.sync(() => observed.tickd !== undefined),
      restore: (before) =>
        Effect.gen(function* () {
          yield* Effect.sleep(stepMs)
          if (options.restore === "hangs") return yield* Effect.never
          if (options.restore === "fails") return yield* new RuntimeError({ message: "The rollback failed" })
          state = before
        })
    }),
    Layer.succeed(Health, {
      prove: (stage, request) =>
        Effect.gen(function* () {
          yield* Effect.sleep(stepMs)
          if (stage === "preflight" && !options.hasSession) {
            return yield* new NoSessionError({ message: "Today is no trading day for this window" })
          }
          if (faultOf(stage) === "unproved") {
            const [exit] = planOf(request, everyPart).find(({ name }) => name === stage)?.exits ?? (["tickd"] as const)
            return yield* new ProofError({ exit, message: `Stage ${stage} is not proved in the rehearsal` })
          }
          const wanted = targets[stage]?.(observed, request)
          if (wanted !== undefined && !isSame(state, wanted)) return yield* Effect.never
          // A feed that was active already is not switched, so that nothing is measured.
          if (stage === "switchFeed" && wanted !== undefined && isSame(observed, wanted)) return {}
          return factsOf(stage, request, stepMs)
        })
    }),
    Layer.succeed(RunLock, {
      take: Effect.suspend(() => {
        if (holder !== undefined) {
          return Effect.fail(new RunLockError({ held: true, message: `The lock is held by ${holder}` }))
        }
        holder = "this run"
        return Effect.void
      }),
      release: Effect.sync(freeLock)
    }),
    Layer.succeed(AuditLine, {
      append: appendLine,
      complete: (entry) => (audit.some((known) => isEqual(known, entry)) ? Effect.undefined : appendLine(entry))
    }),
    Layer.succeed(RunJournal, {
      find: Effect.sync(() => journal),
      note: (note) => Effect.sync(() => void (journal = { ...note, who: "operator@rehearsal", pid: 1 })),
      clear: Effect.sync(() => void (journal = undefined))
    }),
    Layer.succeed(MetricsPush, { push: (values) => Effect.sync(() => void pushed.push(values)) }),
    Layer.succeed(RunEvents, { publish: (run) => Effect.sync(() => void events.push(run)) }),
    Layer.succeed(Snapshots, { keep: (run) => Effect.sync(() => (proved.push(run), undefined)) }),
    Layer.succeed(Operators, {
      notify: (news) => (options.operators === "hang" ? Effect.never : Effect.sync(() => (called.push(news), [])))
    }),
    silences.layerOf({ fault: options.alertmanager }),
    Layer.succeed(RunLog, {
      write: writeLog,
      mark: writeLog,
      follow: (feed) => Effect.sync(() => void followed.push(feed))
    })
  )
  return {
    layer,
    audit,
    log,
    followed,
    pushed,
    events,
    called,
    proved,
    silences,
    state: () => state,
    holder: () => holder,
    journal: () => journal,
    freeLock
  }
}
