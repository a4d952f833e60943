import { Effect, Layer } from "effect"
import type { LiveSettings } from "../../src/ops/domain/live-settings.ts"
import type { CommandRunner } from "../../src/ops/ports/command-runner.ts"
import { type Part, ProgramHost } from "../../src/ops/ports/program-host.ts"
import { RunLog } from "../../src/ops/ports/run-log.ts"
import type { RuntimeError } from "../../src/ops/ports/runtime.ts"

/**
 * Runs of one machine after another, each with a host of its own, as one `tickd live` after another has. A run whose
 * `use` dies is one that was killed, and one that recovers it has not begun.
 */
export const hostRuns = (
  makeHost: (settings: LiveSettings) => Layer.Layer<ProgramHost, never, RunLog | CommandRunner>,
  runner: Layer.Layer<CommandRunner>
) => {
  const lines: Array<string> = []
  const line = (level: string, message: string) => Effect.sync(() => void lines.push(`${level} ${message}`))
  const log = Layer.succeed(RunLog, { write: line, mark: line, follow: () => Effect.void })
  const run = <A, E>(
    settings: LiveSettings,
    use: (host: {
      readonly observe: (typeof ProgramHost.Service)["observe"]
      readonly start: (part: Part, which?: "current" | "before") => ReturnType<(typeof ProgramHost.Service)["start"]>
      readonly stop: (typeof ProgramHost.Service)["stop"]
    }) => Effect.Effect<A, E>,
    isRecovering = false
  ): Effect.Effect<A, E | RuntimeError> =>
    Effect.gen(function* () {
      const { begin, observe, start, stop } = yield* ProgramHost
      if (!isRecovering) yield* begin
      return yield* use({
        observe,
        start: (part, which = "current") => start(part, { settings: which, debug: false }),
        stop
      })
    }).pipe(Effect.provide(makeHost(settings).pipe(Layer.provide([log, runner]))))
  return { lines, run }
}
