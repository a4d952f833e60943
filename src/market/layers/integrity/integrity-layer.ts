import { Context, Effect, Layer } from "effect"
import type { FeedIntegrity } from "../../application/integrity/feed-integrity.ts"
import { DaemonEvents } from "../events/daemon-events.ts"
import { makeOverflowLog } from "../log/overflow-log.ts"
import { BrokerLinks, FeedLines, FeedSilence, Host, MarketTime, Settings, TickBuffers } from "../lowest.ts"
import { makeIntegrityLine } from "./integrity-line.ts"

/** Quarantine, gap records and certificates of all feeds. */
export class Integrity extends Context.Service<Integrity, Effect.Success<ReturnType<typeof makeIntegrityLine>>>()(
  "tickd/market/Integrity"
) {}

/** That of one feed. */
export const integrityOf = (integrity: Integrity["Service"], feed: number): FeedIntegrity =>
  integrity.feeds[feed] as FeedIntegrity

export const integrityLayer = Layer.effect(
  Integrity,
  Effect.gen(function* () {
    const { ctp, instance, tick } = yield* Settings
    const { nowMs, monotonicMs } = yield* Host
    const links = yield* BrokerLinks
    const { directory, queue } = yield* TickBuffers
    const { hours, laws } = yield* MarketTime
    const { feeds, isPair } = yield* FeedLines
    const silence = yield* FeedSilence
    const events = yield* DaemonEvents
    const ledgers = feeds.map(({ ledger }) => ledger)
    /** A feed has brought all that another one missed when its front was asked for everything. */
    const isWhole = (feed: number) => {
      const { missing = 1, rejected = 0 } = feeds[feed]?.asking.subscriptions.totals() ?? {}
      // What a front rejects for good, an expired contract, the other one rejects too.
      return missing <= rejected
    }
    const line = yield* makeIntegrityLine({
      instance,
      ledgers,
      directory,
      hours: laws,
      silenceMs: ctp.silenceMs,
      phaseAt: hours.phaseAt,
      nextChangeMs: hours.nextChangeMs,
      ...(isPair ? { isWhole } : {}),
      isHeld: (feed) => feeds[feed]?.gate.isOpen() === false,
      isLiquidNow: silence.isLiquidNow,
      replicas: tick.replicas,
      connection: links.connection,
      ...(links.whenUp === undefined ? {} : { whenUp: links.whenUp }),
      events,
      nowMs,
      looks: ledgers.map((ledger) =>
        makeOverflowLog({ ledger, queue }, monotonicMs, (news) => events.publish({ type: "ticksGivenUp", ...news }))
      ),
      openLink: links.openSide,
      outbox: links.outbox
    })
    events.subscribe("integrity", (event) => {
      line.hear(event)
      if (event.type === "session") {
        const at = feeds.findIndex(({ feed }) => feed === event.feed)
        // A gap ends with the tick behind it: one that waits in front of the loss does not end it.
        feeds[at]?.ctp.afterUnread(() => line.feeds[at]?.session(event.state, event.atMs))
      }
    })
    return line
  })
)
