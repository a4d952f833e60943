import { Effect, Result, Schema } from "effect"
import type { Config } from "./config.ts"
import { ConfigError } from "./config-error.ts"
import { invalidOf, withLegacyNames } from "./config-variables.ts"
import { failoverVariables } from "./failover-settings.ts"
import { spoolSettings } from "./spool-settings.ts"
import { tickVariables } from "./tick-variables.ts"

const demoVariables = { ...tickVariables, ...failoverVariables }
const Variables = Schema.Struct(demoVariables)
type Variables = typeof Variables.Type

/** What `tickd demo` reads of the environment besides NATS; all that is wrong is named at once. */
export const readDemoVariables = Effect.fnUntraced(function* (
  env: Record<string, string | undefined>
): Effect.fn.Return<Variables, ConfigError> {
  const known = Object.fromEntries(Object.entries(withLegacyNames(env)).filter(([name]) => name in demoVariables))
  const decoded = Schema.decodeUnknownResult(Variables, { errors: "all" })(known)
  if (Result.isSuccess(decoded)) return decoded.success
  return yield* new ConfigError({
    code: "CONFIG_INVALID",
    message: `Not usable: ${invalidOf(decoded.failure.issue, known).join("; ")}. Correct the environment, see docs/reference/cli.md.`
  })
})

/** The line of the demo. No spool unless a bound is set: its folder is removed at the end. */
export const demoTick = (set: Variables, stateDir: string, replay: boolean): Config["tick"] => ({
  stream: "MD_TICKS",
  subjectTemplate: undefined,
  serializer: set.TICK_SERIALIZER ?? "json",
  queueTicks: set.TICK_QUEUE_MAXSIZE ?? 50_000,
  overflow: set.TICK_OVERFLOW_POLICY,

  window: 2048,
  maxAgeHours: 120,
  ...spoolSettings({ ...set, TICK_SPOOL_MAX_MB: set.TICK_SPOOL_MAX_MB ?? 0 }, stateDir),
  replay
})
