import { Context, type Effect } from "effect"
import type { RecordedRequest } from "../domain/live-flags.ts"
import type { RunResult } from "../domain/run-result.ts"

/** A run that is over. Epoch milliseconds; `seconds`: how long it took. */
export interface EndedRun {
  readonly atMs: number
  readonly request: RecordedRequest
  readonly result: Omit<RunResult, "command"> & Pick<RecordedRequest, "command">
  readonly exitCode: number
  readonly seconds: number
}

/** A stop has ended NATS and the Pushgateway itself: that they are away then is no fault. */
export const endsItsReaders = ({ request, result }: EndedRun): boolean =>
  request.command === "stop" && result.end === "succeeded"

/**
 * The event stream, which keeps every run for `tickd history` and incidents. Every adapter promises: it never fails,
 * ends within a few seconds, and keeps an event that it cannot store for the next run, which stores it once.
 */
export class RunEvents extends Context.Service<
  RunEvents,
  { readonly publish: (run: EndedRun) => Effect.Effect<void> }
>()("tickd/ops/RunEvents") {}
