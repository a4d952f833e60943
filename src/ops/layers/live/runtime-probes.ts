import { existsSync } from "node:fs"
import { Effect } from "effect"
import { makeCompose } from "../../adapters/compose/compose-commands.ts"
import { runningPrograms } from "../../adapters/process/running-programs.ts"
import { makeSystemctl } from "../../adapters/systemd/systemctl.ts"
import { chooseRuntime } from "../../application/live/choose-runtime.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import type { RuntimeName } from "../../domain/runtime-words.ts"
import { commands } from "./program-hosts.ts"

/** An engine that does not answer within this time counts as none. Milliseconds. */
const answerMs = 2_000

/** systemd is the init system of this machine. Source: sd_booted(3). */
const isBooted = () => existsSync("/run/systemd/system")

/** Chooses how the programs of this machine are run, by the flag, the variables, and what the machine has. */
export const runtimeOf = (settings: LiveSettings, flag: RuntimeName | undefined) => {
  const { compose, units, wanted } = settings.runtimes
  return chooseRuntime(
    { flag, variable: wanted },
    {
      processes: Effect.sync(() => runningPrograms(settings)),
      compose: Effect.flatMap(makeCompose(settings), ({ list }) => list).pipe(
        Effect.timeout(answerMs),
        Effect.map(({ length }) => ({ answers: true, containers: length, isConfigured: compose.isConfigured })),
        Effect.catch(() => Effect.succeed({ answers: false, containers: 0, isConfigured: compose.isConfigured })),
        Effect.provide(commands)
      ),
      systemd: Effect.suspend(() => {
        const state = { isBooted: isBooted(), unit: units.tickd, isInstalled: false }
        if (!state.isBooted) return Effect.succeed(state)
        return Effect.flatMap(makeSystemctl(settings), ({ show }) => show([units.tickd])).pipe(
          Effect.map(([unit]) => ({ ...state, isInstalled: unit?.load === "loaded" })),
          Effect.catch(() => Effect.succeed(state)),
          Effect.provide(commands)
        )
      })
    }
  )
}
