import { jetstreamManager } from "@nats-io/jetstream"
import { Clock, Effect, Layer } from "effect"
import { TickClientError } from "../../../client/client-error.ts"
import { openConnection } from "../../../client/connection.ts"
import type { ConnectionSource } from "../../../client/options.ts"
import { OrderedReader } from "../../../client/ordered-reader.ts"
import { readStreamState } from "../../../client/stream-state.ts"
import { errorText } from "../../../kernel/error-text.ts"
import { monotonicMs, monotonicOf } from "../../../kernel/time/monotonic.ts"
import { integrityStream } from "../../../protocol/control/stream-names.ts"
import { certificateSubjects } from "../../../protocol/market/certificate-message.ts"
import { gapSubjects } from "../../../protocol/market/gap-message.ts"
import { MarketGaps } from "../../ports/market-gaps.ts"
import { isContract, OpenGaps } from "./open-gaps.ts"

export interface MarketGapOptions {
  /** The market's NATS, with the credentials of a reader. */
  readonly source: ConnectionSource
  /** Interval at which the server is asked whether every record was read. */
  readonly confirmEveryMs: number
  /** Records that were not confirmed to be complete for longer are not known. */
  readonly boundMs: number
  /** Called when the records become known, or stop being: with the cause, or undefined. */
  readonly report: (problem: string | undefined) => void
}

const answerMs = 2000
const againMs = 1000
/** Small batches: the event loop is that of the orders. */
const batchMax = 256

/**
 * Reads the whole of `MD_INTEGRITY` and follows it. The records count as known while the server confirms that nothing
 * after the last one read is stored. Each session begins anew: nothing of a lost connection is trusted.
 */
export const layer = (options: MarketGapOptions): Layer.Layer<MarketGaps> =>
  Layer.effect(
    MarketGaps,
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      let gaps = new OpenGaps()
      let confirmedAtMs = Number.NEGATIVE_INFINITY
      let cause = "they are not read yet"
      let reported: string | undefined = ""
      const unknown = (): string | undefined =>
        monotonicOf(clock) - confirmedAtMs <= options.boundMs
          ? undefined
          : `the gap records of the market are not known: ${cause}`
      const report = (): void => {
        const problem = unknown()
        if ((problem === undefined) === (reported === undefined)) return
        reported = problem
        options.report(problem)
      }
      const ask = <A>(what: string, request: () => Promise<A>) =>
        Effect.tryPromise({
          try: request,
          catch: (error) =>
            new TickClientError({ code: "NATS_UNREACHABLE", message: `${what} failed: ${errorText(error)}` })
        })

      const session = Effect.gen(function* () {
        const { connection, inboxPrefix } = yield* openConnection(options.source)
        const manager = yield* ask("opening JetStream", () =>
          jetstreamManager(connection, { checkAPI: false, timeout: answerMs })
        )
        const state = ask(`reading the state of ${integrityStream}`, () => readStreamState(manager, integrityStream))
        const { created } = yield* state
        const read = new OpenGaps()
        let cursor = 0
        const reader = yield* Effect.acquireRelease(
          Effect.sync(
            () =>
              new OrderedReader({
                connection,
                stream: integrityStream,
                filters: [gapSubjects, certificateSubjects],
                start: { type: "sequence", sequence: 1 },
                capacity: batchMax,
                ...(inboxPrefix === undefined ? {} : { inboxPrefix })
              })
          ),
          (open) => Effect.sync(() => open.close())
        )
        const follow = Effect.gen(function* () {
          for (;;) {
            for (const item of yield* reader.buffer.take) {
              if (item.type === "streamReset") return `${integrityStream} was created anew or lost its end`
              if (item.type !== "message") continue
              read.add(item.subject, item.data)
              cursor = item.sequence
            }
          }
        })
        const confirm = Effect.gen(function* () {
          for (;;) {
            const askedMs = yield* monotonicMs
            const now = yield* Effect.result(state)
            if (now._tag === "Failure") cause = now.failure.message
            else if (now.success.created !== created) return `${integrityStream} was created anew`
            else if (cursor >= now.success.lastSequence || now.success.firstSequence > now.success.lastSequence) {
              gaps = read
              confirmedAtMs = askedMs
            } else cause = `${now.success.lastSequence - cursor} messages of ${integrityStream} are still to be read`
            report()
            yield* Effect.sleep(options.confirmEveryMs)
          }
        })
        return yield* Effect.raceFirst(follow, confirm)
      })

      yield* Effect.forkScoped(
        Effect.forever(
          Effect.gen(function* () {
            const end = yield* Effect.result(Effect.scoped(session))
            cause = end._tag === "Success" ? end.success : end.failure.message
            confirmedAtMs = Number.NEGATIVE_INFINITY
            report()
            yield* Effect.sleep(againMs)
          })
        )
      )
      return MarketGaps.of({
        problem: (symbol) => (isContract(symbol) ? (unknown() ?? gaps.problem(symbol)) : undefined)
      })
    })
  )

/** Without a market that is named, nothing is known of its gaps. */
export const notRead: Layer.Layer<MarketGaps> = Layer.succeed(MarketGaps, {
  problem: (symbol) =>
    isContract(symbol) ? "the gap records of the market are not read: set TRADE_MARKET_ENV_FILE" : undefined
})
