import { Schema } from "effect"
import type { FeedMode } from "../../kernel/feed-switch.ts"

/** When the failover switches the active feed, docs/operations/failover.md. Times in milliseconds. */
export interface FailoverSettings {
  readonly mode: FeedMode
  /** The daemon starts with a hold: no automatic switch until it is released. */
  readonly held: boolean
  readonly startMs: number
  readonly lostMs: number
  readonly silenceMs: number
  readonly commitMs: number
  readonly failbackMs: number
  readonly failbackCapMs: number
  readonly retry: { readonly baseMs: number; readonly capMs: number }
}

const between = (minimum: number, maximum: number) =>
  Schema.NumberFromString.check(Schema.isBetween({ minimum, maximum }))

/** The variables of the failover. A daemon with one feed ignores them. */
export const failoverVariables = {
  MD_FAILOVER_MODE: Schema.optionalKey(Schema.Literals(["hot", "cold"])),
  MD_FAILOVER_THRESHOLD_SECONDS: Schema.optionalKey(between(1, 3600)),
  MD_FAILOVER_COMMIT_MS: Schema.optionalKey(between(100, 600_000)),
  MD_FAILOVER_HOLD: Schema.optionalKey(Schema.Literals(["0", "1", "true", "false"])),
  MD_FAILBACK_AFTER_SECONDS: Schema.optionalKey(between(0, 86_400)),
  MD_FAILBACK_MAX_SECONDS: Schema.optionalKey(between(1, 604_800))
}
const Variables = Schema.Struct(failoverVariables)

/**
 * A switch in hot mode is cheap: the other feed's ticks are published all the time, so its limits are short. A cold
 * switch costs two logins and the ticks between them, so a lost session first gets time to recover.
 */
const defaults = {
  hot: { thresholdS: 3, commitMs: 5000 },
  cold: { thresholdS: 30, commitMs: 30_000 }
} as const

export const failoverSettings = (env: typeof Variables.Type): FailoverSettings => {
  const mode = env.MD_FAILOVER_MODE ?? "hot"
  const silenceMs = (env.MD_FAILOVER_THRESHOLD_SECONDS ?? defaults[mode].thresholdS) * 1000
  const failbackMs = (env.MD_FAILBACK_AFTER_SECONDS ?? 300) * 1000
  return {
    mode,
    held: env.MD_FAILOVER_HOLD === "1" || env.MD_FAILOVER_HOLD === "true",
    startMs: 30_000,
    lostMs: mode === "hot" ? 0 : silenceMs,
    silenceMs,
    commitMs: env.MD_FAILOVER_COMMIT_MS ?? defaults[mode].commitMs,
    failbackMs,
    failbackCapMs: Math.max(failbackMs, (env.MD_FAILBACK_MAX_SECONDS ?? 3600) * 1000),
    retry: { baseMs: 30_000, capMs: 600_000 }
  }
}
