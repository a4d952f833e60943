import { Effect, Layer } from "effect"
import { systemCodeOf } from "../../../kernel/system-fault.ts"
import { holderOf, isListening } from "../../../platform/process/port-holder.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import type { StackService } from "../../domain/runtime-words.ts"
import { consoleText, heldPortText, isOptional, noAlertsText, portOf, servicesOf } from "../../domain/stack-services.ts"
import type { CommandRunner } from "../../ports/command-runner.ts"
import { type Part, ProgramHost, parts } from "../../ports/program-host.ts"
import { RunLog } from "../../ports/run-log.ts"
import { RuntimeError } from "../../ports/runtime.ts"
import { type Container, containerRuns, makeCompose } from "./compose-commands.ts"
import { composeSettings, envFileText, secretFault } from "./compose-settings.ts"

const pollMs = 200
/** How long a start watches for a container that ends at once. Readiness is proved elsewhere, with its own deadline. */
const settleMs = 3_000

/** From the signal to the kill; the daemon drains for 30 s. Exit codes of a program that ended as it was asked to. */
const stops: Readonly<Record<StackService, { readonly graceSeconds: number; readonly clean: ReadonlyArray<number> }>> =
  {
    // nats-server ends with 1 after SIGTERM in some versions; its store is closed by then.
    nats: { graceSeconds: 15, clean: [0, 1] },
    tickd: { graceSeconds: 45, clean: [0] },
    pushgateway: { graceSeconds: 10, clean: [0] },
    prometheus: { graceSeconds: 30, clean: [0] },
    alertmanager: { graceSeconds: 10, clean: [0] }
  }

const fail = (message: string) => Effect.fail(new RuntimeError({ message }))

/** The container of a service: the one that runs, else the one that ran. */
const containerOf = (containers: ReadonlyArray<Container>, service: StackService): Container | undefined => {
  const own = containers.filter((container) => container.service === service)
  return own.find(containerRuns) ?? own[0]
}

/**
 * Containers of docker compose. The services are those of the compose file; their settings are an env file in the run
 * folder, whose hash each container of the daemon carries as a label.
 */
export const composeHost = (settings: LiveSettings): Layer.Layer<ProgramHost, never, RunLog | CommandRunner> =>
  Layer.effect(
    ProgramHost,
    Effect.gen(function* () {
      const log = yield* RunLog
      const compose = yield* makeCompose(settings)
      const { managed, runDir } = settings
      const files = composeSettings(runDir)
      /** Ends that were not clean. A repeated stop finds nothing, and must not take that for a clean end. */
      const badEnds = new Map<Part, RuntimeError>()
      let hasBegun = false
      let isKept = false

      // A run that is killed leaves what it kept, for the next one.
      yield* Effect.addFinalizer(() => Effect.sync(() => hasBegun && files.forgetBefore()))

      const attempt = <A>(run: () => A) =>
        Effect.try({
          try: run,
          catch: (cause) =>
            cause instanceof RuntimeError
              ? cause
              : new RuntimeError({
                  message: `The settings of the containers cannot be kept in ${runDir} (${systemCodeOf(cause)}): set TICKD_RUN_DIR to a folder that this user may write.`
                })
        })

      const begin = attempt(() => {
        files.forgetBefore()
        hasBegun = true
      })

      /** Before the first change in this run. A recovery keeps what the killed run has kept. */
      const keep = (containers: ReadonlyArray<Container>) =>
        attempt(() => {
          if (!hasBegun || isKept) return
          isKept = true
          files.keepBefore(containers.filter(containerRuns))
        })

      const current = attempt(() => {
        const text = envFileText(settings)
        return { text, hash: files.hashOf(text) }
      })

      /** Watches a container that was just started, until it serves, has ended, or is left to its proof. */
      const settle = Effect.fnUntraced(function* (service: StackService) {
        const port = portOf(service, settings)
        for (let waitedMs = 0; ; waitedMs += pollMs) {
          const container = containerOf(yield* compose.list, service)
          if (container === undefined || !containerRuns(container) || container.state === "restarting") {
            const lines = yield* compose.lastLines(service)
            const end =
              container === undefined ? "is not there" : `is ${container.state}, exit code ${container.exitCode}`
            return yield* fail(`The container of ${service} ${end} after its start; its last lines: ${lines}`)
          }
          if (waitedMs >= settleMs || port === undefined || isListening(port)) {
            const text = container.settings === "" ? "" : `, settings ${container.settings}`
            yield* log.write("INFO", `${service} runs as container ${container.id}${text}`)
            return
          }
          yield* Effect.sleep(pollMs)
        }
      })

      const stopOne = Effect.fnUntraced(function* (part: Part, service: StackService, isRollback = false) {
        const containers = yield* compose.list
        const container = containerOf(containers, service)
        if (container === undefined || !containerRuns(container)) return false
        const { clean, graceSeconds } = stops[service]
        if (!isRollback) yield* keep(containers)
        yield* log.write("INFO", `${service} (container ${container.id}) is asked to end`)
        yield* compose.stop(service, graceSeconds)
        const ended = (yield* compose.list).find(({ id }) => id === container.id)
        if (ended !== undefined && containerRuns(ended)) {
          return yield* fail(`${service} (container ${container.id}) is ${ended.state} after its stop.`)
        }
        // The exit code of a container that the engine was about to start again is that of its last run.
        if (ended === undefined || container.state === "restarting" || clean.includes(ended.exitCode)) return true
        const killed = ended.exitCode === 137 ? `: it did not end within ${graceSeconds} s and was killed` : ""
        const error = new RuntimeError({
          message: `${service} (container ${container.id}) ended with ${ended.exitCode}${killed}; see 'docker compose -p ${settings.runtimes.compose.project} logs ${service}'.`
        })
        badEnds.set(part, error)
        return yield* error
      })

      const upAll = Effect.fnUntraced(function* (services: ReadonlyArray<StackService>) {
        if (services.includes("tickd")) {
          const fault = secretFault(settings)
          if (fault !== undefined) return yield* fail(fault)
        }
        for (const service of services) {
          const port = portOf(service, settings)
          const holder = port === undefined ? undefined : holderOf(port)
          if (port !== undefined && holder !== undefined) {
            return yield* fail(heldPortText(`The container of ${service}`, port, holder, "compose"))
          }
        }
        const { hash, text } = yield* current
        yield* compose.up(services, yield* attempt(() => files.keep(text, hash)))
        yield* Effect.forEach(services, settle, { discard: true })
      })

      const startCurrent = Effect.fnUntraced(function* (services: ReadonlyArray<StackService>) {
        const containers = yield* compose.list
        const missing = services.filter((service) => {
          const container = containerOf(containers, service)
          return container === undefined || !containerRuns(container)
        })
        const tickd = services.includes("tickd") ? containerOf(containers, "tickd") : undefined
        if (tickd !== undefined && containerRuns(tickd) && tickd.settings !== (yield* current).hash) {
          yield* log.write(
            "INFO",
            `tickd (container ${tickd.id}) runs with other settings than these, and is left as it is: a restart takes them.`
          )
        }
        if (missing.length === 0) return false
        yield* keep(containers)
        yield* upAll(missing)
        return true
      })

      /** What ran before: the same container while it is there, else a new one with the settings that are kept. */
      const startBefore = Effect.fnUntraced(function* (part: Part, service: StackService) {
        const before = (yield* attempt(files.before))?.[service]
        const containers = yield* compose.list
        const container = containerOf(containers, service)
        if (container !== undefined && containerRuns(container)) {
          if (before === undefined || container.settings === before.settings) return false
          yield* log.write(
            "INFO",
            `${service} (container ${container.id}) is stopped: it runs with the settings of this run`
          )
          yield* stopOne(part, service, true).pipe(Effect.catch(({ message }) => log.write("ERROR", message)))
        }
        if (before !== undefined && containers.some(({ id }) => id === before.id)) {
          yield* compose.startAgain(service)
          yield* settle(service)
          return true
        }
        const known = before === undefined ? undefined : files.kept(before.settings)
        if (known === undefined) {
          // The other services read no settings of a run.
          if (service === "tickd") {
            yield* log.write(
              "WARN",
              "The settings of tickd before this run are not kept: it starts with those of this run"
            )
          }
          yield* upAll([service])
          return true
        }
        yield* compose.up([service], known)
        yield* settle(service)
        return true
      })

      const start: (typeof ProgramHost.Service)["start"] = (part, { debug, settings: which }) =>
        Effect.gen(function* () {
          badEnds.delete(part)
          if (part === "console" && managed.console) return yield* fail(consoleText)
          const services = servicesOf(part, settings)
          if (services.length === 0) return false
          if (debug) yield* log.write("DEBUG", `docker compose ps: ${JSON.stringify(yield* compose.list)}`)
          const startAll = (which: "current" | "before", some: ReadonlyArray<StackService>) =>
            which === "current"
              ? startCurrent(some)
              : Effect.map(
                  Effect.forEach(some, (service) => startBefore(part, service)),
                  (changes) => changes.includes(true)
                )
          const isChanged = yield* startAll(
            which,
            services.filter((service) => !isOptional(service))
          )
          const optional = services.filter(isOptional)
          if (optional.length === 0) return isChanged
          const isAdded = yield* startAll(which, optional).pipe(
            Effect.catch(({ message }) => Effect.as(log.write("WARN", noAlertsText(message)), false))
          )
          return isChanged || isAdded
        })

      const stop: (typeof ProgramHost.Service)["stop"] = (part) =>
        Effect.gen(function* () {
          const badEnd = badEnds.get(part)
          if (badEnd !== undefined) return yield* badEnd
          const changes = yield* Effect.forEach(servicesOf(part, settings).toReversed(), (service) =>
            stopOne(part, service)
          )
          return changes.includes(true)
        })

      const observe = Effect.map(compose.list, (containers) => {
        const textOf = (service: StackService) => {
          const container = containerOf(containers, service)
          const runs = container !== undefined && containerRuns(container)
          if (!runs) return { runs, text: `${service} does not run` }
          const state = container.state === "running" ? "" : ` is ${container.state}`
          return { runs, text: `${service} container ${container.id}${state}` }
        }
        const instanceOf = (part: Part) => {
          const own = servicesOf(part, settings).map(textOf)
          return own.some(({ runs }) => runs) ? own.map(({ text }) => text).join("; ") : undefined
        }
        return Object.fromEntries(parts.map((part) => [part, instanceOf(part)])) as Record<Part, string | undefined>
      })

      return ProgramHost.of({ begin, observe, start, stop })
    })
  )
