import { Effect } from "effect"
import type { RuntimeName } from "../../domain/runtime-words.ts"

/** What the machine has. A probe that cannot answer says so as a fact against its runtime. */
export interface RuntimeProbes {
  /** The programs that an earlier run has started as processes and that run still, as a text; undefined: none. */
  readonly processes: Effect.Effect<string | undefined>
  readonly compose: Effect.Effect<{
    readonly answers: boolean
    /** Containers of the project, running or stopped. */
    readonly containers: number
    readonly isConfigured: boolean
  }>
  /** `unit`: that of the daemon. */
  readonly systemd: Effect.Effect<{
    readonly isBooted: boolean
    readonly unit: string
    readonly isInstalled: boolean
  }>
}

interface ChosenRuntime {
  readonly runtime: RuntimeName
  /** One part of a sentence, for the log. */
  readonly why: string
}

/**
 * How the programs of this machine are run. A flag goes before the variable. Without both, what runs already goes
 * before what could: a second copy under another runtime would fight the first one for its ports and its stream.
 */
export const chooseRuntime = Effect.fnUntraced(function* (
  wanted: { readonly flag: RuntimeName | undefined; readonly variable: RuntimeName | undefined },
  probes: RuntimeProbes
): Effect.fn.Return<ChosenRuntime> {
  if (wanted.flag !== undefined) return { runtime: wanted.flag, why: "--runtime names it" }
  if (wanted.variable !== undefined) return { runtime: wanted.variable, why: "TICKD_RUNTIME names it" }
  const processes = yield* probes.processes
  if (processes !== undefined) return { runtime: "process", why: `an earlier run has started ${processes}` }
  const { answers, containers, isConfigured } = yield* probes.compose
  if (answers && containers > 0) return { runtime: "compose", why: "the project has containers" }
  if (answers && isConfigured) {
    return { runtime: "compose", why: "a container engine answers, and TICKD_COMPOSE_… names the project or its file" }
  }
  const { isBooted, isInstalled, unit } = yield* probes.systemd
  if (isBooted && isInstalled) return { runtime: "systemd", why: `${unit} is installed` }
  const engine = answers ? "no project of containers is set up" : "no container engine answers"
  const system = isBooted ? `${unit} is not installed` : "the machine was not booted with systemd"
  return { runtime: "process", why: `${engine}, and ${system}` }
})
