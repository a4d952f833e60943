import { Effect, Fiber, Layer } from "effect"
import type { LiveRequest } from "../../domain/live-flags.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import type { StageName } from "../../domain/plan.ts"
import { Configuration, type RunConfiguration } from "../../ports/configuration.ts"
import { DaemonControl } from "../../ports/daemon-control.ts"
import { DrillProofs, type Proof } from "../../ports/drill-proofs.ts"
import { Health, ProofError } from "../../ports/health.ts"
import { type Part, ProgramHost } from "../../ports/program-host.ts"
import { RunLog } from "../../ports/run-log.ts"
import { lookAll } from "./proofs/all-checks.ts"
import { lookHandedOver } from "./proofs/hand-over-proof.ts"
import { lookMonitored, warnOfSilentAlerts } from "./proofs/monitoring-proof.ts"
import { lookNats } from "./proofs/nats-proof.ts"
import { isUrgent, provePreflight } from "./proofs/preflight-proof.ts"
import { held, type Look, type ProofTools, unmet, untilHeld } from "./proofs/proof-wait.ts"
import { lookEnded, lookReady } from "./proofs/ready-proof.ts"
import { lookLoggedIn, lookReturned } from "./proofs/rotation-proof.ts"
import { lookSubscribed } from "./proofs/subscription-proof.ts"
import { proveSwitch } from "./proofs/switch-proof.ts"

/**
 * The proofs of the stages on this machine: each measures from outside what its stage promises. One layer belongs to
 * one run, with the `DaemonControl` that carries its switches out.
 */
export const liveHealth = (
  settings: LiveSettings
): Layer.Layer<Health, never, Configuration | DaemonControl | DrillProofs | ProgramHost | RunLog> =>
  Layer.effect(
    Health,
    Effect.gen(function* () {
      const configuration = yield* Configuration
      const daemon = yield* DaemonControl
      const drill = yield* DrillProofs
      const host = yield* ProgramHost
      const log = yield* RunLog
      let attemptBeganMs: number | undefined
      const tools: ProofTools = { settings, log, beganMs: () => attemptBeganMs }

      /** What the run has checked already; a plan without the stage `validate` checks it at its first use. */
      let checked: RunConfiguration | undefined
      const check = (request: LiveRequest) =>
        configuration.check(request).pipe(
          Effect.tap((found) => Effect.sync(() => void (checked = found))),
          Effect.mapError(({ message }) => new ProofError({ exit: "configuration", message, isFinal: true }))
        )
      const configured = (request: LiveRequest) =>
        Effect.suspend(() => (checked === undefined ? check(request) : Effect.succeed(checked)))

      const scope = yield* Effect.scope
      /** What goes on beside the stages. The last stage of its plan waits for it. */
      let started: Fiber.Fiber<void> | undefined
      const beside = (work: Effect.Effect<void>) =>
        Effect.map(Effect.forkIn(work, scope), (fiber) => void (started = fiber))

      const looks =
        (stage: StageName, look: (found: RunConfiguration) => Effect.Effect<Look>): Proof =>
        (request) =>
          Effect.flatMap(configured(request), (found) => untilHeld(tools, stage, request, look(found)))

      const gone =
        (stage: StageName, part: Part, elsewhere: Effect.Effect<Look> = Effect.succeed(held())): Proof =>
        (request) =>
          untilHeld(
            tools,
            stage,
            request,
            host.observe.pipe(
              Effect.flatMap((running) => {
                const left = running[part]
                return left === undefined ? elsewhere : Effect.succeed(unmet("stop", `${part} still runs: ${left}`))
              }),
              Effect.catch(({ message }) => Effect.succeed(unmet("stop", message)))
            )
          )
      const answers: Effect.Effect<Look> = daemon.status.pipe(
        Effect.as(held()),
        Effect.catch(({ message }) => Effect.succeed(unmet("tickd", message)))
      )
      const consoleRuns: Effect.Effect<Look> = host.observe.pipe(
        Effect.map((running) =>
          running.console === undefined ? unmet("console", "The console does not run: see its log") : held()
        ),
        Effect.catch(({ message }) => Effect.succeed(unmet("console", message)))
      )

      const proofs: Readonly<Record<StageName, Proof>> = {
        validate: (request) =>
          Effect.flatMap(check(request), ({ warnings }) =>
            Effect.forEach(warnings, (warning) => log.write("WARN", warning), { discard: true }).pipe(Effect.as({}))
          ),
        preflight: (request) =>
          Effect.flatMap(configured(request), (found) => provePreflight(tools, host, found, request, beside)),
        nats: looks("nats", ({ streams }) => lookNats(tools, streams)),
        tickd: looks("tickd", () => lookReady(tools)),
        subscription: (request) =>
          looks("subscription", ({ calendar }) => lookSubscribed(tools, calendar))(request).pipe(
            Effect.tap(() => (isUrgent(request) && started !== undefined ? Fiber.join(started) : Effect.void))
          ),
        monitoring: (request) =>
          looks("monitoring", () => lookMonitored(tools))(request).pipe(Effect.tap(() => warnOfSilentAlerts(tools))),
        console: looks("console", () => consoleRuns),
        startSnapshot: looks("startSnapshot", () => lookReady(tools)),
        handOver: looks("handOver", () => lookHandedOver(tools, daemon)),
        rotateBackup: (request) => untilHeld(tools, "rotateBackup", request, lookLoggedIn(daemon, "backup")),
        rotateSwitch: (request) => proveSwitch(tools, daemon, { ...request, config: "backup" }),
        rotatePrimary: (request) => untilHeld(tools, "rotatePrimary", request, lookLoggedIn(daemon, "primary")),
        rotateReturn: (request) => untilHeld(tools, "rotateReturn", request, lookReturned(daemon)),
        switchFeed: (request) => proveSwitch(tools, daemon, request),
        stopConsole: gone("stopConsole", "console"),
        stopMonitoring: gone("stopMonitoring", "monitoring"),
        stopTickd: gone("stopTickd", "tickd", lookEnded(tools)),
        stopNats: gone("stopNats", "nats"),
        observe: (request) => untilHeld(tools, "observe", request, answers),
        checkAll: looks("checkAll", ({ calendar }) => lookAll(tools, calendar)),
        ...drill
      }
      return Health.of({
        prove: (stage, request, beganMs) =>
          Effect.suspend(() => {
            attemptBeganMs = beganMs
            return proofs[stage](request)
          })
      })
    })
  )
