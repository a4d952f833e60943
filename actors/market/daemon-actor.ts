import { Effect } from "effect"
import { type DaemonEvent, daemonMachine } from "../../machines/daemon-machine.ts"
import { runMachineActor } from "../runtime/machine-actor.ts"
import type { Registry } from "../runtime/registry.ts"
import type { DaemonStates } from "./daemon-states.ts"

const daemonActor = "daemon"

/** Interval of the check: `/readyz` follows a change this fast. */
const lookEveryMs = 250

/** Interprets the daemon machine: what keeps the daemon from being ready, and since when. */
export const runDaemonActor = Effect.fnUntraced(function* (options: {
  readonly registry: Registry
  readonly states: Pick<DaemonStates, "noteDaemon">
  /** Missing parts; empty when the daemon streams and publishes. */
  readonly reasons: () => ReadonlyArray<string>
  readonly drainTimeoutMs: number
  readonly onMailbox: (tell: (event: DaemonEvent) => void) => void
}) {
  let tell: (event: DaemonEvent) => void = () => undefined
  yield* runMachineActor(daemonMachine, {
    actor: daemonActor,
    input: { bootTimeoutMs: 60_000, alarmAfterMs: 60_000, drainTimeoutMs: options.drainTimeoutMs },
    registry: options.registry,
    follow: (standing) => options.states.noteDaemon(standing),
    stoppedAs: "stopped",
    contextOf: ({ context }) => ({ reasons: context.reasons }),
    performers: {
      reportReady: () => Effect.logInfo("daemon ready").pipe(Effect.annotateLogs({ event: "daemon_ready" })),
      reportDegraded: ({ context }) =>
        Effect.logWarning(`daemon not ready: ${context.reasons.join("; ")}`).pipe(
          Effect.annotateLogs({ event: "daemon_degraded" })
        )
    },
    onMailbox: (offer) => {
      tell = offer
      options.onMailbox(offer)
    },
    beside: Effect.gen(function* () {
      let reported: string | undefined
      while (true) {
        const reasons = options.reasons()
        const text = reasons.join("\n")
        if (text !== reported) tell({ type: "REASONS_CHANGED", reasons })
        reported = text
        yield* Effect.sleep(lookEveryMs)
      }
    })
  })
})
