import { Effect, Layer, Schedule } from "effect"
import type { LiveRequest } from "../../domain/live-flags.ts"
import { rotatedFeedOf, type StageName, targetFeedOf } from "../../domain/plan.ts"
import { type Feed, feeds } from "../../domain/runbook-words.ts"
import { DaemonControl, type DaemonControlError } from "../../ports/daemon-control.ts"
import { type Part, ProgramHost, parts } from "../../ports/program-host.ts"
import { type RunningState, Runtime, RuntimeError } from "../../ports/runtime.ts"

/** A little less than the deadline of the stage: the daemon's own answer says more than a timeout. */
const switchWaitMs = 9_000

/** Between two questions of a rollback to a daemon that is starting. The deadline of a rollback ends them. */
const answerPauseMs = 200
/** A feed that has just started must log in before it can become the active one. */
const rollbackSwitch = { schedule: Schedule.spaced(1_000), times: 30 }
/** Less than half of what is left of the deadline of the stage: the way back may take as long. */
const loginWaitMs = 20_000

const asRuntimeError = ({ message }: DaemonControlError) => new RuntimeError({ message })

const stopped: Readonly<Partial<Record<StageName, Part>>> = {
  stopConsole: "console",
  stopMonitoring: "monitoring",
  stopTickd: "tickd",
  stopNats: "nats"
}

/** Carries the stages of a plan out: programs through the host of this machine, switches through the daemon. */
export const stackRuntime = Layer.effect(
  Runtime,
  Effect.gen(function* () {
    const host = yield* ProgramHost
    const daemon = yield* DaemonControl

    /** When the run began. */
    let activeBefore: Feed | undefined
    /** How the first stop of tickd went: later ones of the same run end what this run has started. */
    let hasDrained: boolean | undefined

    /** Undefined when the daemon does not answer: then no feed is active as far as this run knows. */
    const activeFeed = daemon.status.pipe(
      Effect.map(({ failover }) => feeds.find((feed) => feed === (failover?.active ?? "primary"))),
      Effect.catch(() => Effect.undefined)
    )
    const observe = Effect.gen(function* () {
      const running = yield* host.observe
      activeBefore = running.tickd === undefined ? undefined : yield* activeFeed
      return { ...running, activeFeed: activeBefore }
    })

    /** `reason` undefined: the switch is not forced. */
    const makeActive = (to: Feed, stage: StageName | "rollback", reason?: string) =>
      Effect.gen(function* () {
        if ((yield* activeFeed) === to) return false
        yield* daemon.switchFeed({
          to,
          drill: stage.startsWith("drill"),
          force: reason !== undefined,
          reason: `runbook: ${stage}${reason === undefined ? "" : `, forced: ${reason}`}`,
          waitMs: switchWaitMs
        })
        return true
      }).pipe(Effect.mapError(asRuntimeError))

    /** The active feed is made the standby one first. */
    const rotate = (feed: Feed, stage: StageName) =>
      Effect.gen(function* () {
        const isSwitched = yield* makeActive(feed === "backup" ? "primary" : "backup", stage)
        const wanted = { feed, reason: `runbook: ${stage}`, waitMs: loginWaitMs }
        const isTaken = yield* daemon.rotateLogin(wanted).pipe(Effect.mapError(asRuntimeError))
        return isSwitched || isTaken
      })

    const end = (part: Part) =>
      host.stop(part).pipe(
        Effect.tap((hasEnded) =>
          Effect.sync(() => {
            if (part === "tickd") hasDrained ??= hasEnded
          })
        )
      )

    const carryOut = (stage: StageName, request: LiveRequest, debug: boolean): Effect.Effect<boolean, RuntimeError> => {
      const start = (part: Part) => host.start(part, { settings: "current", debug })
      const part = parts.find((name) => name === stage)
      if (part !== undefined) return start(part)
      if (stage === "handOver" || stage === "startSnapshot") return Effect.andThen(end("tickd"), start("tickd"))
      const rotated = rotatedFeedOf(stage)
      if (rotated !== undefined) return rotate(rotated, stage)
      const target = stage === "rotateReturn" ? activeBefore : targetFeedOf(stage, request)
      if (target !== undefined) return makeActive(target, stage, request.force ? request.reason : undefined)
      const ending = stopped[stage]
      return ending === undefined ? Effect.succeed(false) : end(ending)
    }

    /** How a part of a start that is undone has ended does not matter: it must be gone. */
    const remove = (part: Part) =>
      host
        .stop(part)
        .pipe(
          Effect.catch((error) =>
            Effect.flatMap(host.observe, (now) => (now[part] === undefined ? Effect.void : Effect.fail(error)))
          )
        )

    /**
     * Stops what did not run, in the sequence of a stop, then starts what ran, then switches back once the daemon
     * answers.
     */
    const restore = (before: RunningState) =>
      Effect.gen(function* () {
        const now = yield* host.observe
        for (const part of parts.toReversed()) {
          if (before[part] === undefined && now[part] !== undefined) yield* remove(part)
        }
        for (const part of parts) {
          if (before[part] !== undefined) yield* host.start(part, { settings: "before", debug: true })
        }
        if (before.activeFeed === undefined) return
        yield* daemon.status.pipe(Effect.retry(Schedule.spaced(answerPauseMs)), Effect.mapError(asRuntimeError))
        yield* makeActive(before.activeFeed, "rollback").pipe(Effect.retry(rollbackSwitch))
      })

    const settle = host.observe.pipe(
      Effect.map(({ tickd }) => tickd !== undefined),
      // What cannot be seen may run.
      Effect.catch(() => Effect.succeed(true)),
      Effect.flatMap(daemon.settleLogins)
    )

    return Runtime.of({
      begin: host.begin,
      settle,
      observe,
      carryOut,
      hasDrained: Effect.sync(() => hasDrained === true),
      restore
    })
  })
)
