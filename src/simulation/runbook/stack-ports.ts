import { Effect, Layer } from "effect"
import { stackRuntime } from "../../ops/application/live/stack-runtime.ts"
import type { LiveRequest } from "../../ops/domain/live-flags.ts"
import { everyPart, planOf, type StageName } from "../../ops/domain/plan.ts"
import type { RunFacts } from "../../ops/domain/run-facts.ts"
import { type Feed, feeds } from "../../ops/domain/runbook-words.ts"
import { DaemonControl, DaemonControlError } from "../../ops/ports/daemon-control.ts"
import { Health, NoSessionError, ProofError } from "../../ops/ports/health.ts"
import { type Part, ProgramHost } from "../../ops/ports/program-host.ts"
import { Runtime, RuntimeError } from "../../ops/ports/runtime.ts"
import type { SwitchMessage } from "../../protocol/market/failover.ts"
import type { StatusMessage } from "../../protocol/market/status.ts"
import type { SimRun } from "./sim-run.ts"
import type { StackMachine, StepFault } from "./stack-machine.ts"

/** Between two looks of a proof, and before its deadline: as the proofs of a real machine. Milliseconds. */
const lookMs = 250
const marginMs = 750
/** One question to the daemon. */
const askMs = 5

export interface StackPortOptions {
  readonly machine: StackMachine
  readonly run: SimRun
}

/** The shipped runtime over one machine in memory, and the proofs of its stages, for one run. */
export const stackPorts = ({ machine, run: { draw, operator, settings: own } }: StackPortOptions) => {
  const { faults, hasSession, observation, request, stepMs } = draw
  const tried = new Map<StageName | "rollback", number>()
  let doing: StageName | "rollback" = "validate"
  const begin = (stage: StageName | "rollback") =>
    Effect.sync(() => {
      doing = stage
      tried.set(stage, (tried.get(stage) ?? 0) + 1)
    })
  const faultAt = (step: StageName | "rollback"): StepFault["kind"] | undefined => {
    const fault = faults.get(step)
    return fault !== undefined && (tried.get(step) ?? 0) <= fault.attempts ? fault.kind : undefined
  }
  const failed = (what: string) => new RuntimeError({ message: `${what} failed in the simulation` })

  /** Parts whose settings this run has kept: the first one forgets those of a run before it. */
  const kept = new Set<Part>()
  const badEnds = new Map<Part, RuntimeError>()
  let hasBegun = false
  const keep = (part: Part) => {
    if (!hasBegun || kept.has(part)) return
    const { programs, records } = machine
    const settings = programs[part]?.settings ?? records.get(part)
    if (settings !== undefined) machine.kept.set(part, { settings, logins: { ...machine.logins } })
    kept.add(part)
  }
  const hasLogins = (logins: StackMachine["logins"]) => feeds.every((feed) => machine.logins[feed] === logins[feed])
  const end = (part: Part) =>
    Effect.gen(function* () {
      machine.touch(operator, `stops ${part}`)
      const neverOfNats = ["restart", "failover", "failback", "drill", "rotate", "rollback"].includes(operator.command)
      if (part === "nats" && neverOfNats && !operator.isUndoing) {
        machine.complain(`${operator.name} is a ${operator.command} and stops NATS`)
      }
      yield* Effect.sleep(stepMs)
      const fault = faultAt(doing)
      if (fault === "hangs") return yield* Effect.never
      machine.end(part, fault !== "fails")
      if (fault === "fails") return yield* failed(`The end of ${part}`)
    })
  const start: (typeof ProgramHost.Service)["start"] = (part, { settings }) =>
    Effect.gen(function* () {
      badEnds.delete(part)
      const version = machine.settings
      // A snapshot has no secrets: those of today go with its settings.
      const current = { settings: own, logins: { primary: version, backup: version } }
      const started = { settings: machine.records.get(part) ?? version, logins: machine.logins }
      const wanted = settings === "current" ? current : (machine.kept.get(part) ?? started)
      const running = machine.programs[part]
      const isSame = running?.settings === wanted.settings && (part !== "tickd" || hasLogins(wanted.logins))
      if (running?.half === false && (settings === "current" || isSame)) return false
      if (running?.half === false) yield* Effect.ignore(end(part))
      if (settings === "current") keep(part)
      machine.touch(operator, `starts ${part} with the settings of ${settings}`)
      machine.begin(part, wanted, true)
      yield* Effect.sleep(stepMs)
      const fault = faultAt(doing)
      if (fault === "hangs") return yield* Effect.never
      if (fault === "fails") return yield* failed(`The start of ${part}`)
      machine.begin(part, wanted, false)
      return true
    })
  const stop: (typeof ProgramHost.Service)["stop"] = (part) =>
    Effect.gen(function* () {
      const badEnd = badEnds.get(part)
      if (badEnd !== undefined) return yield* badEnd
      if (machine.programs[part] === undefined) return false
      keep(part)
      yield* end(part).pipe(Effect.tapError((error) => Effect.sync(() => badEnds.set(part, error))))
      return true
    })
  const instanceOf = (part: Part) => {
    const program = machine.programs[part]
    return program === undefined ? undefined : `${part} ${program.instance}${program.half ? " in part" : ""}`
  }
  const host = Layer.effect(
    ProgramHost,
    Effect.gen(function* () {
      // A run that is killed ends nothing, so that what it kept stays for the next one.
      yield* Effect.addFinalizer(() => Effect.sync(() => hasBegun && machine.kept.clear()))
      return ProgramHost.of({
        begin: Effect.sync(() => {
          machine.kept.clear()
          kept.clear()
          hasBegun = true
        }),
        observe: Effect.sync(() => ({
          nats: instanceOf("nats"),
          tickd: instanceOf("tickd"),
          monitoring: instanceOf("monitoring"),
          console: instanceOf("console")
        })),
        start,
        stop
      })
    })
  )

  const refused = (code: string, message: string) => new DaemonControlError({ code, message })
  const noAnswer = refused("NO_ANSWER", "The daemon does not answer")
  const asked = Effect.gen(function* () {
    yield* Effect.sleep(askMs)
    if (!machine.answers()) return yield* noAnswer
  })
  let lastSwitch: SwitchMessage | undefined
  const daemon = Layer.succeed(DaemonControl, {
    // What a runbook reads of it.
    status: Effect.map(asked, () => ({ failover: { active: machine.active } }) as StatusMessage),
    lastSwitch: Effect.sync(() => (lastSwitch === undefined ? undefined : { record: lastSwitch, mark: undefined })),
    switchFeed: ({ to, waitMs }) =>
      Effect.gen(function* () {
        yield* asked
        machine.touch(operator, `switches to ${to}`)
        if (machine.active === to) return yield* refused("ALREADY_ACTIVE", `${to} is the active feed`)
        if (!machine.isLoggedIn()) return yield* refused("FEED_NOT_READY", `${to} is not logged in`)
        const fault = faultAt(doing)
        if (fault === "fails") return yield* refused("SWITCH_REFUSED", "refused in the simulation")
        yield* Effect.sleep(fault === "hangs" ? waitMs : Math.min(stepMs, waitMs))
        if (fault === "hangs" || !machine.answers()) return yield* noAnswer
        const from = machine.active
        machine.active = to
        if (fault === "answerLost") {
          yield* Effect.sleep(waitMs)
          return yield* noAnswer
        }
        lastSwitch = { from, to, latency_ms: stepMs } as SwitchMessage
        return lastSwitch
      }),
    settleLogins: () => Effect.succeed([]),
    rotateLogin: ({ feed, waitMs }) =>
      Effect.gen(function* () {
        yield* asked
        machine.touch(operator, `rotates the login of ${feed}`)
        if (feed === machine.active) machine.complain(`${operator.name} rotates the login of the active feed`)
        if (machine.logins[feed] === machine.settings) return false
        const fault = faultAt(doing)
        yield* Effect.sleep(fault === "hangs" ? 2 * waitMs : Math.min(stepMs, waitMs))
        if (fault === "fails" || fault === "hangs") return yield* refused("LOGIN_ROLLED_BACK", "the login was refused")
        machine.logins[feed] = machine.settings
        return true
      })
  })

  const isReady = () => machine.isLoggedIn()
  const gone = (part: Part) => () => machine.programs[part] === undefined
  const isActive = (feed: Feed) => () => isReady() && machine.active === feed
  const holds: Readonly<Partial<Record<StageName, () => boolean>>> = {
    nats: () => machine.isUp("nats"),
    tickd: isReady,
    subscription: isReady,
    monitoring: () => machine.isUp("monitoring"),
    console: () => machine.isUp("console"),
    handOver: isReady,
    startSnapshot: isReady,
    switchFeed: isActive(request.config),
    stopConsole: gone("console"),
    stopMonitoring: gone("monitoring"),
    stopTickd: gone("tickd"),
    stopNats: gone("nats"),
    observe: () => machine.answers(),
    checkAll: () => isReady() && machine.isUp("monitoring"),
    drillAllowed: isReady,
    drillHealthStart: isReady,
    drillFailover: isActive("backup"),
    drillConsumersBackup: isActive("backup"),
    drillHealthBackup: isActive("backup"),
    drillFailback: isActive("primary"),
    drillConsumersPrimary: isActive("primary"),
    drillHealthPrimary: isActive("primary"),
    rotateBackup: isReady,
    rotateSwitch: isActive("backup"),
    rotatePrimary: isReady,
    rotateReturn: () => isReady() && (lastSwitch === undefined || lastSwitch.to === machine.active)
  }
  const factsOf = (stage: StageName): RunFacts => {
    const { lastEnd, programs } = machine
    if (stage === "handOver") return { gapMs: (programs.tickd?.sinceMs ?? 0) - (lastEnd?.atMs ?? 0) }
    const ms = lastSwitch?.latency_ms
    if (ms === undefined || ms === null) return {}
    if (stage === "drillFailover" || stage === "switchFeed") {
      return lastSwitch?.to === "backup" ? { failoverMs: ms } : { failbackMs: ms }
    }
    return stage === "drillFailback" ? { failbackMs: ms } : {}
  }
  const health = Layer.succeed(Health, {
    prove: (stage, wanted) =>
      Effect.gen(function* () {
        if (stage !== doing) tried.set(stage, (tried.get(stage) ?? 0) + 1)
        yield* Effect.sleep(askMs)
        if (stage === "preflight" && !hasSession) return yield* new NoSessionError({ message: "No session today" })
        const row = planOf(wanted, everyPart).find(({ name }) => name === stage)
        const deadlineMs = (row?.deadlineMs ?? 10_000) - marginMs
        const exit = row?.exits[0] ?? "tickd"
        if (row?.changes === false && faultAt(stage) === "hangs") return yield* Effect.never
        if (faultAt(stage) === "unproved" || (row?.changes === false && faultAt(stage) === "fails")) {
          yield* Effect.sleep(deadlineMs)
          return yield* new ProofError({ exit, message: `Stage ${stage} is not proved in the simulation` })
        }
        const isMet = holds[stage] ?? (() => true)
        for (let waitedMs = 0; !isMet(); waitedMs += lookMs) {
          if (waitedMs >= deadlineMs) return yield* new ProofError({ exit, message: `Stage ${stage} does not hold` })
          yield* Effect.sleep(lookMs)
        }
        return factsOf(stage)
      })
  })

  /** The shipped runtime; only the name of the step is noted, for its faults. */
  const runtime = Layer.effect(
    Runtime,
    Effect.map(Runtime, ({ begin: begun, carryOut, hasDrained, observe, restore, settle }) => ({
      begin: begun,
      settle,
      observe: Effect.suspend(() => {
        if (observation === "hangs") return Effect.never
        return observation === "fails" ? Effect.fail(failed("A look at what runs")) : observe
      }),
      hasDrained,
      carryOut: (stage: StageName, of: LiveRequest, debug: boolean) =>
        Effect.andThen(begin(stage), carryOut(stage, of, debug)),
      restore: (before: Parameters<typeof restore>[0]) => Effect.andThen(begin("rollback"), restore(before))
    }))
  ).pipe(Layer.provide(stackRuntime))
  return Layer.merge(runtime, health).pipe(Layer.provide(Layer.merge(host, daemon)))
}
