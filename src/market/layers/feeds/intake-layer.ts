import { Context, Effect, Layer } from "effect"
import { FeedArbiter } from "../../application/intake/arbitrate-feeds.ts"
import { DaemonEvents } from "../events/daemon-events.ts"
import { Integrity, integrityOf } from "../integrity/integrity-layer.ts"
import { FeedLines, Host, MarketTime, Settings, TickBuffers } from "../lowest.ts"
import { makeFeedIntake } from "./tick-line.ts"

/** Every feed's ring leads into the one queue; of a tick that several feeds bring, the first to arrive is published. */
export class Intake extends Context.Service<
  Intake,
  {
    /** Undefined: the feeds are no pair, and pay nothing for arbitration. */
    readonly arbiter: FeedArbiter | undefined
  }
>()("tickd/market/Intake") {}

export const intakeLayer = Layer.effect(
  Intake,
  Effect.gen(function* () {
    const { tick } = yield* Settings
    const { monotonicMs, later } = yield* Host
    const { directory, line, overflow, pool, queue } = yield* TickBuffers
    const { calendar, laws } = yield* MarketTime
    const { feeds, isPair } = yield* FeedLines
    const events = yield* DaemonEvents
    const integrity = yield* Integrity
    const arbiter = isPair ? new FeedArbiter(feeds.length) : undefined
    for (const { feed, index, ctp, ledger, asking } of feeds) {
      ctp.connectIntake(
        makeFeedIntake({
          feed,
          feedIndex: index,
          pool,
          queue,
          overflow,
          line,
          ledger,
          directory,
          loginTradingDay: ctp.loginTradingDay,
          replay: tick.replay,
          hours: laws,
          calendar,
          integrity: integrityOf(integrity, index),
          arrivals: asking.arrivals,
          ...(arbiter === undefined ? {} : { arbiter }),
          monotonicMs,
          events,
          later
        })
      )
    }
    return Intake.of({ arbiter })
  })
)
