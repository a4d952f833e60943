import { Effect } from "effect"
import { openTicks } from "../../../adapters/nats/daemon-connection.ts"
import type { LiveRequest } from "../../../domain/live-flags.ts"
import type { RunFacts } from "../../../domain/run-facts.ts"
import type { DaemonControl } from "../../../ports/daemon-control.ts"
import { ProofError } from "../../../ports/health.ts"
import { held, type Look, type ProofTools, unmet, untilHeld } from "./proof-wait.ts"
import { firstTickAfter } from "./stored-ticks.ts"

/** The request of the stage leaves little of its deadline; a committed switch has its first tick already. */
const measureMs = 3_000

/** The switch is measured on the stream; only where that cannot be read the daemon's own figure stands in. */
export const proveSwitch = Effect.fnUntraced(function* (
  tools: ProofTools,
  daemon: (typeof DaemonControl)["Service"],
  request: LiveRequest
): Effect.fn.Return<RunFacts, ProofError> {
  const { log, settings } = tools
  const to = request.config
  const look: Effect.Effect<Look> = daemon.status.pipe(
    Effect.map(({ failover }): Look => {
      if (failover === undefined) {
        return to === "primary"
          ? held()
          : unmet("switch", "The daemon has one feed: set the variables CTP_BACKUP_* and restart it")
      }
      return failover.active === to
        ? held()
        : unmet("switch", `The active feed is ${failover.active}, not ${to}: run 'tickd state failover'`)
    }),
    Effect.catch(({ message }) => Effect.succeed(unmet("switch", message)))
  )
  yield* untilHeld(tools, "switchFeed", request, look)
  const last = yield* daemon.lastSwitch
  // The feed was active already, so that this run has switched nothing and has nothing to measure.
  if (last === undefined || last.record.to !== to) return {}
  const { mark, record } = last
  const measured =
    mark === undefined
      ? undefined
      : yield* openTicks(settings).pipe(
          Effect.flatMap((connection) => firstTickAfter(connection, settings, { mark, feed: to })),
          Effect.scoped,
          Effect.timeout(measureMs),
          Effect.catchTag("TimeoutError", () =>
            Effect.fail({ message: `No tick of ${to} is stored since the switch, although the daemon committed it` })
          ),
          Effect.mapError(({ message }) => new ProofError({ exit: "switch", message }))
        )
  const claimed = record.latency_ms ?? undefined
  // Ticks of a standby feed are stored too: one that came before the commit is no effect of the switch.
  const ms = measured === undefined ? claimed : Math.max(measured, claimed ?? 0)
  const source =
    measured === undefined ? "of the daemon's record, because the stream could not be read" : "of the stream"
  yield* log.write(
    "INFO",
    `The switch to ${to} took ${ms ?? "?"} ms ${source}; the daemon reports ${claimed ?? "?"} ms`
  )
  if (ms === undefined) return {}
  return to === "backup" ? { failoverMs: ms } : { failbackMs: ms }
})
