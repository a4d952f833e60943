import { Effect, Option, Stream } from "effect"
import type { TickClientError } from "../adapters/client/client-error.ts"
import { storedMessages } from "../adapters/client/stored-stream.ts"
import { connectNats } from "../adapters/nats/connect.ts"
import { type TailError, type TailedMessage, tailSubject } from "../adapters/nats/tick-tail.ts"
import type { TailOptions } from "../cli/tail.ts"
import { readerConnection } from "./status-query.ts"
import { jsonOf, lineOf } from "./tail-text.ts"

/** `tickd tail`: prints live ticks until interrupted, or `--count` of them. Prints by the socket's chunk, not by the tick. */
export const runTail = (options: TailOptions): Effect.Effect<void, unknown> =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* Effect.acquireRelease(
        connectNats({ ...readerConnection(options.server, process.env), reconnect: false }),
        (open) => Effect.promise(() => open.close())
      )
      let left = Option.getOrElse(options.count, () => Number.POSITIVE_INFINITY)
      const passing = tailSubject(connection, options.subject, {
        onDropped: (count) =>
          void process.stderr.write(`[tickd] ${count} ticks not shown: they came faster than this terminal\n`)
      })
      const stored = storedMessages(connection, {
        stream: process.env["TICK_STREAM"] ?? "MD_TICKS",
        filters: [options.subject],
        start: { type: "snapshot" }
      })
      const messages: Stream.Stream<ReadonlyArray<TailedMessage>, TailError | TickClientError> = options.from === "live"
        ? passing
        : stored
      yield* messages.pipe(
        Stream.map((batch) => {
          const shown = batch.slice(0, left)
          left -= shown.length
          const texts = shown.map(({ subject, data }) => {
            return `${options.json ? jsonOf(subject, data) : lineOf(subject, data, Date.now())}\n`
          })
          process.stdout.write(texts.join(""))
          return left
        }),
        Stream.takeUntil((remaining) => remaining <= 0),
        Stream.runDrain
      )
    })
  )
