import { Effect } from "effect"
import type { Body } from "../../actors/supervision-tree.ts"
import type { PublisherEvent } from "../adapters/jetstream/acked-publisher.ts"
import type { LedgerBook } from "../application/ledger.ts"
import { drainOutbox, Outbox, runOutbox } from "../application/outbox.ts"
import type { InstrumentDirectory } from "../domain/instrument-directory.ts"
import type { PhaseSource } from "../domain/trading-phase.ts"
import { AccountPublisher } from "../ports/outbound/account-publisher.ts"
import { makeJetStreamAccountPublisher } from "./account-publisher.ts"
import type { Broker } from "./broker.ts"
import type { Config } from "./config.ts"
import type { DaemonLog } from "./daemon-log.ts"
import { makeFeedAccount } from "./feed-account.ts"
import { connectionOf } from "./nats-settings.ts"

/** Events that wait while the broker is away: 320 bytes and an object each, some 10 MB when full. */
const outboxEvents = 20_000
/** How long a stop waits for the account, after the ticks themselves. */
const drainMs = 2000

/** Puts the account of the line together: quarantine, gaps and certificates, from the intake to their streams. */
export const makeAccountLine = Effect.fnUntraced(function* (options: {
  readonly config: Config
  readonly broker: Broker
  readonly book: LedgerBook
  readonly directory: InstrumentDirectory
  readonly hours: PhaseSource
  readonly isTrading: (nowMs: number) => boolean
  readonly log: DaemonLog
  /** Looked at together with the account, some times a second. */
  readonly onLook?: () => void
}) {
  const { config, broker, log } = options
  const outbox = new Outbox(outboxEvents)
  const feed = makeFeedAccount({
    instance: config.instance,
    book: options.book,
    directory: options.directory,
    hours: options.hours,
    outbox,
    silenceMs: config.ctp.silenceMs,
    isTrading: options.isTrading
  })
  const jetstream = yield* makeJetStreamAccountPublisher({
    replicas: config.tick.replicas,
    connection: (what) => connectionOf(config.nats, { url: broker.url(), name: `tickd ${config.instance} ${what}` }),
    // The link of the ticks tells of the broker's coming and going; here only what concerns these streams.
    onEvent: (stream, event) => {
      if (event.type === "refused") {
        log.write("ERROR", `${stream} refuses an event: ${event.refusal.description}`, {
          event: "account_refused",
          stream
        })
      }
    }
  })
  const provided = Effect.provideService(AccountPublisher, jetstream.publisher)
  let stopped = false
  const look = () => {
    feed.look(Date.now())
    options.onLook?.()
  }

  return {
    feed,
    counts: () => ({ waiting: outbox.waiting, stored: jetstream.stored(), dropped: outbox.dropped }),
    onPublisher: (event: PublisherEvent) => {
      if (event.type === "linkUp") feed.gaps.broker("up", Date.now())
      else if (event.type === "linkDown") feed.gaps.broker("down", Date.now())
    },
    /** The links and the outbox, for ever. */
    run: Effect.raceFirst(jetstream.run, runOutbox(outbox, look).pipe(provided)),
    /** Once `publisher` has drained for a stop, the account is closed and drained too, while the links still run. */
    stopAfter:
      (publisher: Body): Body =>
      (ready) =>
        Effect.gen(function* () {
          // Finalizers run last in, first out: this one after the publisher's own drain.
          yield* Effect.addFinalizer((exit) =>
            Effect.suspend(() => {
              const isStop = exit._tag === "Failure" && exit.cause.reasons.every(({ _tag }) => _tag === "Interrupt")
              if (!isStop || stopped) return Effect.void
              stopped = true
              feed.stop(Date.now())
              return drainOutbox(outbox, drainMs).pipe(provided)
            })
          )
          return yield* publisher(ready)
        })
  }
})
