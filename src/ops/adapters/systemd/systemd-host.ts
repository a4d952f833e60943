import { readFileSync } from "node:fs"
import { Effect, Layer } from "effect"
import { systemCodeOf } from "../../../kernel/system-fault.ts"
import { parseEnvFile } from "../../../platform/process/env-file.ts"
import { holderOf, isListening } from "../../../platform/process/port-holder.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import type { StackService } from "../../domain/runtime-words.ts"
import { consoleText, heldPortText, isOptional, noAlertsText, portOf, servicesOf } from "../../domain/stack-services.ts"
import type { CommandRunner } from "../../ports/command-runner.ts"
import { type Part, ProgramHost, parts } from "../../ports/program-host.ts"
import { RunLog } from "../../ports/run-log.ts"
import { RuntimeError } from "../../ports/runtime.ts"
import { makeSystemctl, type UnitState, unitRuns } from "./systemctl.ts"
import { unitSettings } from "./unit-settings.ts"

const pollMs = 200
/** How long a start watches for a unit that ends at once. Readiness is proved elsewhere, with its own deadline. */
const settleMs = 3_000

const fail = (message: string) => Effect.fail(new RuntimeError({ message }))

/** Names with another value in a unit's env file than in this run, or with none. Never a value: it may be secret. */
const otherValues = ({ declared, variables }: LiveSettings, text: string): ReadonlyArray<string> => {
  const { values } = parseEnvFile(text)
  return declared
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("TICKD_NOTIFY_") && name !== "TICKD_STATE_DIR")
    .filter((name) => (variables[name] ?? "").trim() !== (values.get(name)?.value ?? "").trim())
}

/**
 * Units of systemd. It starts, stops and asks by `systemctl` alone; each unit has its settings in its own env file,
 * which a rollback puts back as it was.
 */
export const systemdHost = (settings: LiveSettings): Layer.Layer<ProgramHost, never, RunLog | CommandRunner> =>
  Layer.effect(
    ProgramHost,
    Effect.gen(function* () {
      const log = yield* RunLog
      const systemctl = yield* makeSystemctl(settings)
      const { managed, runDir, runtimes } = settings
      const kept = unitSettings(runDir)
      /** Ends that were not clean. A repeated stop finds nothing, and must not take that for a clean end. */
      const badEnds = new Map<Part, RuntimeError>()
      let hasBegun = false
      let isKept = false

      // A run that is killed leaves what it kept, for the next one.
      yield* Effect.addFinalizer(() => Effect.sync(() => hasBegun && kept.forgetBefore()))

      const files = <A>(what: string, run: () => A) =>
        Effect.try({
          try: run,
          catch: (cause) => new RuntimeError({ message: `${what} (${systemCodeOf(cause)}).` })
        })

      const stateOf = (service: StackService) =>
        Effect.flatMap(systemctl.show([runtimes.units[service]]), ([state]) =>
          state === undefined
            ? fail(`systemctl show printed nothing of ${runtimes.units[service]}.`)
            : Effect.succeed(state)
        )

      const begin = Effect.andThen(
        files(`What ran before the last run cannot be removed from ${runDir}`, kept.forgetBefore),
        Effect.sync(() => {
          hasBegun = true
        })
      )

      /** Before the first change of this run. A recovery keeps what the killed run has kept. */
      const keep = Effect.suspend(() => {
        if (!hasBegun || isKept) return Effect.void
        isKept = true
        return Effect.flatMap(stateOf("tickd"), ({ invocation, unit }) =>
          files(`The settings of ${unit} cannot be kept in ${runDir}`, () =>
            kept.keepBefore({ invocation, files: kept.filesOf(invocation) })
          )
        )
      })

      const installed = (service: StackService, { load, unit }: UnitState) => {
        if (load === "loaded") return Effect.void
        const variable = `TICKD_UNIT_${service.toUpperCase()}`
        const manage = service === "nats" ? ", or set MANAGE_NATS=0" : ", or set MANAGE_MONITORING=0"
        const fix =
          load === "masked"
            ? `run 'systemctl unmask ${unit}'`
            : load === "not-found"
              ? `copy deploy/systemd/${unit} to /etc/systemd/system and run 'systemctl daemon-reload'`
              : `see 'systemctl status ${unit}'`
        return fail(
          `${unit} cannot be started, it is ${load}: ${fix}, or name another unit in ${variable}${service === "tickd" ? "" : manage}.`
        )
      }

      const endText = ({ exitStatus, result }: UnitState) => `result ${result}, exit status ${exitStatus}`

      /** Watches a unit that was just started, until it serves, has ended, or is left to its proof. */
      const settle = Effect.fnUntraced(function* (service: StackService) {
        const port = portOf(service, settings)
        for (let waitedMs = 0; ; waitedMs += pollMs) {
          const state = yield* stateOf(service)
          if (!unitRuns(state) || state.sub === "auto-restart") {
            const lines = yield* systemctl.lastLines(state.unit)
            return yield* fail(`${state.unit} ended at its start, ${endText(state)}; its last lines: ${lines}`)
          }
          if (state.active === "active" && (port === undefined || isListening(port))) return state
          if (waitedMs >= settleMs) return state
          yield* Effect.sleep(pollMs)
        }
      })

      const stopUnit = Effect.fnUntraced(function* (part: Part, service: StackService) {
        const state = yield* stateOf(service)
        if (!unitRuns(state)) return false
        yield* log.write("INFO", `${state.unit} (pid ${state.pid}) is asked to end`)
        yield* systemctl.stop(state.unit)
        const ended = yield* stateOf(service)
        if (unitRuns(ended)) {
          return yield* fail(`${state.unit} is ${ended.active} after its stop: see 'systemctl status ${state.unit}'.`)
        }
        // The result of a unit that systemd was about to start again is that of its last run, not of this stop.
        if (ended.result === "success" || state.sub === "auto-restart") return true
        const error = new RuntimeError({
          message: `${state.unit} did not end well: ${endText(ended)}; see 'journalctl --unit ${state.unit}'.`
        })
        badEnds.set(part, error)
        return yield* error
      })

      /** What an operator must know of a unit that reads its own file. */
      const compareSettings = ({ environmentFiles, unit }: UnitState) =>
        Effect.gen(function* () {
          const [path] = environmentFiles
          if (path === undefined) return
          const text = yield* Effect.option(files(path, () => readFileSync(path, "utf8")))
          if (text._tag === "None") {
            yield* log.write("WARN", `${path} of ${unit} cannot be read by this user: its settings are not compared`)
            return
          }
          const names = otherValues(settings, text.value)
          if (names.length === 0) return
          yield* log.write(
            "WARN",
            `${unit} reads ${path}, and this run has other values for ${names.join(", ")}: the unit takes those of its file`
          )
        })

      const restoreBefore = (state: UnitState) =>
        Effect.gen(function* () {
          const before = kept.before()
          if (before === undefined) return
          if (before.files.length === 0) {
            yield* log.write("WARN", `What ${state.unit} read before this run is not known: it reads its file as it is`)
            return
          }
          const [path = ""] = before.files.map((file) => file.path)
          const moved = yield* files(
            `${path} cannot be put back as ${state.unit} read it before: copy it from ${runDir}/systemd/, then run 'systemctl start ${state.unit}'`,
            () => kept.restore(before)
          )
          for (const { aside, path: own } of moved) {
            yield* log.write("WARN", `${own} is as ${state.unit} read it before; the changed one is ${aside}`)
          }
        })

      const startUnit = Effect.fnUntraced(function* (
        part: Part,
        service: StackService,
        { debug, settings: which }: { readonly settings: "current" | "before"; readonly debug: boolean }
      ) {
        const state = yield* stateOf(service)
        yield* installed(service, state)
        if (debug) yield* log.write("DEBUG", `systemctl show ${state.unit}: ${JSON.stringify(state)}`)
        if (state.needsReload) {
          yield* log.write("WARN", `The file of ${state.unit} has changed on disk: run 'systemctl daemon-reload'`)
        }
        const isUp = unitRuns(state) && state.sub !== "auto-restart" && state.active !== "deactivating"
        if (isUp) {
          const reads = kept.filesOf(state.invocation)
          const isChanged = service === "tickd" && !kept.isOnDisk(reads)
          const before = which === "before" && service === "tickd" ? kept.before() : undefined
          const isOther = before !== undefined && !kept.isSame(before, { invocation: state.invocation, files: reads })
          if (!isOther) {
            if (isChanged && which === "current") {
              yield* log.write(
                "INFO",
                `${state.unit} (pid ${state.pid}) runs with another content of its env file, and is left as it is: a restart takes it.`
              )
            }
            return false
          }
          yield* log.write("INFO", `${state.unit} (pid ${state.pid}) is stopped: it runs with the settings of this run`)
          yield* stopUnit(part, service).pipe(Effect.catch(({ message }) => log.write("ERROR", message)))
        }
        const port = portOf(service, settings)
        const holder = isUp || unitRuns(state) || port === undefined ? undefined : holderOf(port)
        if (port !== undefined && holder !== undefined) {
          return yield* fail(heldPortText(state.unit, port, holder, "systemd"))
        }
        if (which === "current") yield* keep
        if (service === "tickd") {
          if (which === "before") yield* restoreBefore(state)
          else yield* compareSettings(state)
        }
        const read = yield* files(`The settings of ${state.unit} cannot be kept in ${runDir}`, () =>
          service === "tickd" ? kept.copy(state.environmentFiles) : []
        )
        yield* systemctl.resetFailed(state.unit)
        yield* systemctl.start(state.unit)
        const started = yield* settle(service)
        if (service === "tickd") {
          yield* files(`The settings of ${state.unit} cannot be kept in ${runDir}`, () =>
            kept.started({ invocation: started.invocation, files: read })
          )
        }
        yield* log.write("INFO", `${started.unit} runs as pid ${started.pid}, invocation ${started.invocation}`)
        return true
      })

      const start: (typeof ProgramHost.Service)["start"] = (part, options) =>
        Effect.gen(function* () {
          badEnds.delete(part)
          if (part === "console" && managed.console) return yield* fail(consoleText)
          const changes = yield* Effect.forEach(servicesOf(part, settings), (service) =>
            isOptional(service)
              ? startUnit(part, service, options).pipe(
                  Effect.catch(({ message }) => Effect.as(log.write("WARN", noAlertsText(message)), false))
                )
              : startUnit(part, service, options)
          )
          return changes.includes(true)
        })

      const stop: (typeof ProgramHost.Service)["stop"] = (part) =>
        Effect.gen(function* () {
          const badEnd = badEnds.get(part)
          if (badEnd !== undefined) return yield* badEnd
          let changed = false
          for (const service of servicesOf(part, settings).toReversed()) {
            if (!unitRuns(yield* stateOf(service))) continue
            yield* keep
            changed = (yield* stopUnit(part, service)) || changed
          }
          return changed
        })

      const unitText = ({ active, invocation, pid, sub, unit }: UnitState) =>
        active === "active" ? `${unit} pid ${pid}, invocation ${invocation}` : `${unit} is ${active} (${sub})`

      const observe = Effect.gen(function* () {
        const services = parts.flatMap((part) => servicesOf(part, settings))
        const states = yield* systemctl.show(services.map((service) => runtimes.units[service]))
        const instanceOf = (part: Part) => {
          const own = servicesOf(part, settings).flatMap((service) => states[services.indexOf(service)] ?? [])
          if (!own.some(unitRuns)) return undefined
          return own.map((state) => (unitRuns(state) ? unitText(state) : `${state.unit} does not run`)).join("; ")
        }
        return Object.fromEntries(parts.map((part) => [part, instanceOf(part)])) as Record<Part, string | undefined>
      })

      return ProgramHost.of({ begin, observe, start, stop })
    })
  )
