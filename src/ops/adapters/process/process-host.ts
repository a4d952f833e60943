import { Effect, Layer } from "effect"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { isOptional, noAlertsText } from "../../domain/stack-services.ts"
import { type Part, ProgramHost, parts } from "../../ports/program-host.ts"
import { RunLog } from "../../ports/run-log.ts"
import { RuntimeError } from "../../ports/runtime.ts"
import {
  credentialsDir,
  forgetBefore,
  keepBefore,
  readBefore,
  readSecrets,
  secretsBefore,
  settingsNow,
  settingsWith
} from "./kept-start.ts"
import { splitVariables } from "./program-environment.ts"
import { runningOf, startProgram, stopProgram } from "./program-keeper.ts"
import { programsOf } from "./program-list.ts"
import { hashOf, type KeptStart, readRecord } from "./program-record.ts"
import type { Program } from "./program-spec.ts"
import { alone } from "./start-lock.ts"

/**
 * Detached processes of this machine. A program is found by its record in the run folder, so that the next run adopts
 * what an earlier one has started.
 */
export const processHost = (settings: LiveSettings): Layer.Layer<ProgramHost, never, RunLog> =>
  Layer.effect(
    ProgramHost,
    Effect.gen(function* () {
      const log = yield* RunLog
      const { runDir } = settings
      /** Programs whose settings before this run are kept. */
      const kept = new Set<string>()
      /** Ends that were not clean. A repeated stop finds nothing, and must not take that for a clean end. */
      const badEnds = new Map<Part, RuntimeError>()

      let hasBegun = false
      // A run that is killed leaves what it kept, for the next one.
      yield* Effect.addFinalizer(() => Effect.sync(() => hasBegun && forgetBefore(runDir)))
      const begin = Effect.try({
        try: () => {
          forgetBefore(runDir)
          hasBegun = true
        },
        catch: (cause) =>
          new RuntimeError({
            message: `What ran before the last run cannot be removed from ${runDir} (${String(cause)}).`
          })
      })

      /** Before the first change of a program in this run. A recovery keeps what the killed run has kept. */
      const keep = (name: string) =>
        Effect.try({
          try: () => {
            if (!hasBegun || kept.has(name)) return
            const record = readRecord(runDir, name)
            if (record !== undefined) keepBefore(runDir, record.start)
            kept.add(name)
          },
          catch: (cause) =>
            new RuntimeError({ message: `The settings of ${name} cannot be kept in ${runDir} (${String(cause)}).` })
        })

      const currentOf = (program: Program) =>
        Effect.map(program.make(settings), (spec) => {
          const { secrets } = splitVariables(settings)
          const start: KeptStart = { spec, hash: hashOf(spec, secrets), workingDir: process.cwd() }
          return { start, secrets }
        })

      /** What a rollback starts: as it ran before this run, or before the killed one. Not changed since: as it is. */
      const beforeOf = (program: Program) =>
        Effect.suspend(() => {
          const before = readBefore(runDir, program.name)
          const start = before ?? readRecord(runDir, program.name)?.start
          if (start === undefined) return currentOf(program)
          const secrets = before === undefined ? readSecrets(credentialsDir(runDir)) : secretsBefore(runDir)
          return Effect.succeed({ start, secrets })
        })

      const startOne = (
        program: Program,
        options: { readonly settings: "current" | "before"; readonly debug: boolean }
      ) =>
        Effect.gen(function* () {
          const { name } = program
          const wanted = yield* options.settings === "current" ? currentOf(program) : beforeOf(program)
          const running = runningOf(runDir, name)
          if (running !== undefined) {
            const isSame = settingsNow(runDir, running) === settingsWith(wanted.start, wanted.secrets)
            if (isSame) return false
            if (options.settings === "current") {
              yield* log.write(
                "INFO",
                `${name} (pid ${running.pid}) runs with other settings than these, and is left as it is: a restart takes them.`
              )
              return false
            }
            yield* log.write("INFO", `${name} (pid ${running.pid}) is stopped: it runs with the settings of this run`)
            yield* stopProgram(runDir, running).pipe(Effect.catch(({ message }) => log.write("ERROR", message)))
          }
          if (options.settings === "current") yield* keep(name)
          const { pid } = yield* startProgram(settings, wanted.start, {
            secrets: wanted.secrets,
            debug: options.debug,
            watchMs: program.watchMs
          })
          yield* log.write("INFO", `${name} runs as pid ${pid}, settings ${wanted.start.hash}`)
          return true
        }).pipe(Effect.provideService(RunLog, log))

      const start: (typeof ProgramHost.Service)["start"] = (part, options) =>
        Effect.gen(function* () {
          badEnds.delete(part)
          const programs = programsOf(part, settings)
          if (programs.length === 0 && part === "console" && settings.managed.console) {
            return yield* new RuntimeError({
              message: "The operations console is not part of this version: set MANAGE_OPS_API=0."
            })
          }
          const changes = yield* Effect.forEach(programs, (program) => {
            const starts = alone(runDir, program.name, startOne(program, options)).pipe(
              Effect.mapError((fault) => {
                const sentence = program.explain?.(fault.message)
                return sentence === undefined ? fault : new RuntimeError({ message: sentence })
              })
            )
            if (!isOptional(program.name)) return starts
            return starts.pipe(
              Effect.catch(({ message }) => Effect.as(log.write("WARN", noAlertsText(message)), false))
            )
          })
          return changes.includes(true)
        })

      const stopOne = (part: Part, name: string) =>
        Effect.gen(function* () {
          const running = runningOf(runDir, name)
          if (running === undefined) return
          // A full disk must not keep anything from being stopped: its record still says how it ran.
          yield* keep(name).pipe(
            Effect.catch(({ message }) => {
              forgetBefore(runDir)
              return log.write("ERROR", message)
            })
          )
          yield* log.write("INFO", `${name} (pid ${running.pid}) is asked to end`)
          yield* stopProgram(runDir, running).pipe(
            Effect.tapError((error) => Effect.sync(() => badEnds.set(part, error)))
          )
        })

      const stop: (typeof ProgramHost.Service)["stop"] = (part) =>
        Effect.gen(function* () {
          const badEnd = badEnds.get(part)
          if (badEnd !== undefined) return yield* badEnd
          let changed = false
          for (const { name } of programsOf(part, settings).toReversed()) {
            if (runningOf(runDir, name) === undefined) continue
            yield* alone(runDir, name, stopOne(part, name))
            changed = true
          }
          return changed
        })

      const instanceOf = (part: Part): string | undefined => {
        const states = programsOf(part, settings).map(({ name }) => {
          const running = runningOf(runDir, name)
          return running === undefined
            ? { runs: false, text: `${name} does not run` }
            : {
                runs: true,
                text: `${name} pid ${running.pid} since ${running.startedAt}, settings ${settingsNow(runDir, running)}`
              }
        })
        return states.some(({ runs }) => runs) ? states.map(({ text }) => text).join("; ") : undefined
      }
      const observe = Effect.sync(
        () => Object.fromEntries(parts.map((part) => [part, instanceOf(part)])) as Record<Part, string | undefined>
      )

      return ProgramHost.of({ begin, observe, start, stop })
    })
  )
