import type { Effect } from "effect"
import { TokenBucket } from "../../kernel/limits/token-bucket.ts"
import type { CommandSpec, RateLimit } from "../../protocol/control/command-spec.ts"
import { type ControlError, controlError } from "../../protocol/control/control.ts"
import type { RequestKind, RequestRunner } from "./request-runner.ts"

/** An emergency must not wait for commands that wait for the fronts. */
const emergencies: RequestKind = { name: "emergencies", inProgressMax: 50 }

/**
 * Admits requests of a table to the runner, or refuses them with `RATE_LIMITED`. Entries with one limit share one
 * bucket. Called outside of fibers: a flood is refused before it costs one.
 */
export const makeRequestLimits = (options: {
  readonly instance: string
  readonly runner: Pick<RequestRunner, "offer">
  readonly nowMs: () => number
  readonly onRateLimited?: (() => void) | undefined
}) => {
  const { instance, nowMs, runner } = options
  const buckets = new Map<string, TokenBucket>()
  const bucketOf = (limit: RateLimit): TokenBucket => {
    const known = buckets.get(limit.name)
    if (known !== undefined) return known
    const made = new TokenBucket({ ...limit, nowMs: nowMs() })
    buckets.set(limit.name, made)
    return made
  }
  const refused = (why: string): ControlError => {
    options.onRateLimited?.()
    return controlError("RATE_LIMITED", `Rate limit exceeded: ${instance} ${why}, ask again later.`)
  }
  return ({ emergency, limit }: Pick<CommandSpec, "emergency" | "limit">) => {
    const bucket = bucketOf(limit)
    const kind = emergency ? emergencies : limit
    return (request: Effect.Effect<void>): ControlError | undefined => {
      if (!bucket.take(nowMs())) return refused(`takes ${limit.perSecond} ${limit.name} a second`)
      return runner.offer(kind, request) ? undefined : refused(`has ${kind.inProgressMax} ${kind.name} in progress`)
    }
  }
}
