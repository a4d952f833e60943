import { Effect } from "effect"
import { type FeedWorkerEvent, feedWorkerMachine } from "../../machines/market/feed-worker-machine.ts"
import { runMachineActor } from "../runtime/machine-actor.ts"
import type { Registry } from "../runtime/registry.ts"
import type { DaemonStates } from "./daemon-states.ts"

/** Interprets the feed-worker machine: shows the state of the worker's process. The supervisor restarts it. */
export const runFeedWorkerActor = Effect.fnUntraced(function* (options: {
  readonly feed: string
  readonly registry: Registry
  readonly states: Pick<DaemonStates, "noteWorker">
  readonly onMailbox: (tell: (event: FeedWorkerEvent) => void) => void
}) {
  const { feed } = options
  const report = (event: string, message: string) => Effect.logError(message).pipe(Effect.annotateLogs({ event, feed }))
  yield* runMachineActor(feedWorkerMachine, {
    actor: `feed-worker-${feed}`,
    input: { feed, startTimeoutMs: 30_000, restartGraceMs: 10_000, stopTimeoutMs: 10_000 },
    registry: options.registry,
    follow: (standing) => options.states.noteWorker(feed, standing),
    stoppedAs: "stopped",
    contextOf: ({ context: { pid, starts, crashes, restartInMs, lastError } }) => ({
      pid,
      starts,
      crashes,
      restartInMs,
      lastError
    }),
    performers: {
      reportLateStart: ({ context }) =>
        report("worker_start_late", `the feed worker is not ready ${context.startTimeoutMs} ms after its start`),
      reportLateRestart: () =>
        report("worker_restart_late", "the feed worker ended and has not been started again yet"),
      reportGivenUp: ({ context }) =>
        report("worker_given_up", `the supervisor gave up on the feed worker: ${context.lastError ?? "no error"}`)
    },
    onMailbox: options.onMailbox
  })
})
