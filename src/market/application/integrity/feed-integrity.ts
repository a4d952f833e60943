import type { MarketPhase } from "../../../kernel/calendar/market-phase.ts"
import type { PhaseSource } from "../../../kernel/calendar/trading-phase.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import { TokenBucket } from "../../../kernel/limits/token-bucket.ts"
import { recordBytes, type TickSlab } from "../../../kernel/tick/tick-slab.ts"
import type { TickLedger } from "../intake/ledger.ts"
import { receivedMsOf } from "../intake/tick-clock.ts"
import type { Outbox } from "../publish/outbox.ts"
import { DaemonDown, type PreviousRun } from "./daemon-down.ts"
import { GapRecorder } from "./gap-recorder.ts"
import { certify } from "./session-certificate.ts"
import { type SessionIntegrity, SessionTally } from "./session-tally.ts"

/** After the close, ticks arrive for half an hour (settlement, CZCE's last). The next session opens hours later. */
const sessionQuietMs = 45 * 60_000

/** Reports of one feed about ticks that consumers do not get: quarantined, missing, and the counts of each session. */
export interface FeedIntegrity {
  readonly tally: SessionTally
  readonly gaps: GapRecorder
  /** `instrument`: the vendor's code; empty when the worker named none. */
  readonly quarantine: (slab: TickSlab, row: number, reason: string, instrument: string) => void
  /** The session's state changed. */
  readonly session: (state: string, nowMs: number) => void
  /** The stream shows what a previous run of the daemon received from this feed. */
  readonly followed: (former: PreviousRun, nowMs: number) => void
  /** The store lost `count` acknowledged ticks; undefined: an unknown number. */
  readonly storeLost: (count: number | undefined, nowMs: number) => void
  /** Periodic: issues the certificates whose ticks are all stored, and ends a session without ticks for a long time. */
  readonly look: (nowMs: number) => void
  /** The publisher was stopped: reports what it gave up. The line may start again. */
  readonly interrupted: (nowMs: number) => void
  /** Publishing has ended: reports losses, ends the running session, issues due certificates. May be called again. */
  readonly stop: (nowMs: number) => void
}

/**
 * Quarantined ticks of one reason whose bytes are kept: the first 10,000, then one every 4 s. The stream holds about
 * 400,000, and one bad minute must not displace the quarantine of the five days before. The ledger counts all of
 * them.
 */
const keptOfReason = { burst: 10_000, perSecond: 0.25 }

const makeMayKeep = () => {
  const buckets = new Map<string, TokenBucket>()
  return (reason: string, nowMs: number): boolean => {
    const bucket = buckets.get(reason) ?? new TokenBucket({ ...keptOfReason, nowMs })
    buckets.set(reason, bucket)
    return bucket.take(nowMs)
  }
}

export const makeFeedIntegrity = (options: {
  readonly instance: string
  readonly ledger: TickLedger
  readonly directory: InstrumentDirectory
  readonly hours: PhaseSource
  readonly outbox: Outbox
  /** Silence in trading hours that is a fault, milliseconds; 0: never. */
  readonly silenceMs: number
  readonly phaseAt: (nowMs: number) => MarketPhase
  /** Omit when the phase never changes. */
  readonly nextChangeMs?: ((afterMs: number) => number) | undefined
  /** Liquid instruments of the feed trade now. Omit to count no gap as theirs. */
  readonly isLiquidNow?: (() => boolean) | undefined
}): FeedIntegrity => {
  const { ledger, directory, outbox, instance } = options
  const { feed } = ledger
  const over: Array<SessionIntegrity> = []
  const gaps = new GapRecorder(feed, (gap) => void outbox.offer({ type: "gap", gap }), options.isLiquidNow)
  const down = new DaemonDown(gaps, options.phaseAt, options.nextChangeMs)
  const tally = new SessionTally(ledger, options.hours, (integrity) => void over.push(integrity))

  let lostThrough = 0
  const reportLost = (endsHere: boolean, nowMs: number) => {
    const lost = ledger.missing(endsHere) - gaps.counted
    if (lost <= 0) return
    const last = endsHere ? ledger.snapshot().received : ledger.lastSeq
    gaps.lostAtStop(lost, Math.max(ledger.lastStoredSeq, lostThrough) + 1, last, nowMs)
    lostThrough = last
  }

  const issue = (nowMs: number) => {
    while (over.length > 0) {
      const integrity = over[0] as SessionIntegrity
      // First in, first stored: the session is complete when this number of ticks is no longer in flight. Ticks lost
      // behind the intake are counted on neither side.
      const staying = integrity.acceptedUntil - tally.late.untilOldest()
      const accepted = tally.accepted - tally.late.total.total
      if (accepted - ledger.queued - ledger.retained - ledger.spooled < staying) return
      over.shift()
      tally.late.settleOldest()
      // Ticks that a stop could not send are the last of the accepted ones.
      const unstored = staying - (accepted - ledger.droppedAtShutdown)
      const lost = Math.min(Math.max(unstored, 0), integrity.published - integrity.late.total)
      const reported = gaps.between(integrity.firstReceivedMs, integrity.lastReceivedMs)
      for (const { subject, text } of certify({ instance, integrity, gaps: reported, directory, nowMs, lost })) {
        outbox.offer({ type: "certificate", subject, text })
      }
    }
  }
  const mayKeep = makeMayKeep()
  return {
    tally,
    gaps,
    quarantine: (slab, row, reason, instrument) => {
      const atMs = receivedMsOf(slab, row)
      if (!mayKeep(reason, atMs)) return void outbox.omitted++
      const at = row * recordBytes
      outbox.offer({
        type: "quarantined",
        tick: {
          feed,
          seq: slab.seq(row),
          reason,
          instrument,
          receivedMs: atMs,
          raw: slab.bytes.slice(at, at + recordBytes)
        }
      })
    },
    followed: (former, nowMs) => down.followed(former, nowMs),
    look: (nowMs) => {
      down.look(nowMs)
      gaps.look(nowMs, options.silenceMs, options.phaseAt(nowMs), ledger.unread(), ledger.droppedByRing())
      tally.look(nowMs, sessionQuietMs)
      issue(nowMs)
    },
    session: (state, nowMs) => gaps.session(state, nowMs, options.phaseAt(nowMs)),
    storeLost: (count, nowMs) => {
      const { count: had } = ledger.keptInStore
      if (had > 0) gaps.storeLost(ledger.storeLost(count ?? 0), count, nowMs)
    },
    interrupted: (nowMs) => reportLost(false, nowMs),
    stop: (nowMs) => {
      down.look(nowMs)
      gaps.closeOverflow()
      reportLost(true, nowMs)
      tally.stop()
      issue(nowMs)
    }
  }
}
