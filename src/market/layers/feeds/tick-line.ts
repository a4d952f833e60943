import type { TradingCalendar } from "../../../kernel/calendar/trading-calendar.ts"
import type { PhaseSource } from "../../../kernel/calendar/trading-phase.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import { TokenBucket } from "../../../kernel/limits/token-bucket.ts"
import { recordI32, type SlabPool, word } from "../../../kernel/tick/tick-slab.ts"
import type { FeedArbiter } from "../../application/intake/arbitrate-feeds.ts"
import { isArbitrated, quarantineReasons, type TickLedger } from "../../application/intake/ledger.ts"
import type { LineLatency } from "../../application/intake/line-latency.ts"
import { makeNormaliseTick } from "../../application/intake/normalise-tick.ts"
import type { TickArrivals } from "../../application/intake/tick-arrivals.ts"
import { liveClock, makeReplayClock } from "../../application/intake/tick-clock.ts"
import { makeTickIntake, type OnQuarantined } from "../../application/intake/tick-intake.ts"
import type { TickQueue } from "../../application/intake/tick-queue.ts"
import type { FeedIntegrity } from "../../application/integrity/feed-integrity.ts"
import type { OverflowIntegrity } from "../../application/integrity/overflow-integrity.ts"
import { VolumeGrowth } from "../../domain/checks/volume-growth.ts"
import type { TickIntake } from "../../ports/tick-intake.ts"
import type { EventBus } from "../events/daemon-events.ts"
import { makeExceptionLog } from "../log/exception-log.ts"
import { makeQuarantineLog } from "../log/quarantine-log.ts"

/**
 * Late ticks, and those of a feed that is not live, whose bytes go to quarantine; the others are counted only. A feed
 * that comes back brings thousands of them at once: they must not push out what is kept of broken ticks.
 */
const arbitratedKept = { burst: 200, perSecond: 1 }

/** The summaries of one feed's quarantined ticks and exceptions, which go on the bus. */
export const makeSummaries = (
  feed: string,
  options: {
    readonly monotonicMs: () => number
    readonly events: EventBus
    readonly later?: ((run: () => void, afterMs: number) => void) | undefined
  }
) => {
  const { events, later, monotonicMs } = options
  return {
    log: makeQuarantineLog(
      monotonicMs,
      (reason, instrument, count) => events.publish({ type: "quarantined", feed, reason, instrument, count }),
      later
    ),
    exceptions: makeExceptionLog(feed, monotonicMs, (news) => events.publish({ type: "exception", ...news }), later)
  }
}

/** Puts the stages from ring to queue together for one feed. */
export const makeFeedIntake = (options: {
  readonly feed: string
  readonly feedIndex: number
  readonly pool: SlabPool
  readonly queue: TickQueue
  /** Counts what the queue gives up; omit: its policy gives nothing up. */
  readonly overflow?: OverflowIntegrity
  /** Measures the hops; omit to disable. */
  readonly line?: LineLatency
  readonly ledger: TickLedger
  readonly directory: InstrumentDirectory
  readonly loginTradingDay: () => number
  /** The ticks are a recording: exchange times are compared with its own time line, not with the clock on the wall. */
  readonly replay: boolean
  /** Hours of the instruments; `noHours` for a market that trades around the clock. */
  readonly hours?: PhaseSource
  /** Trading days; omit: the calendar that is shipped. */
  readonly calendar?: TradingCalendar
  /** Where quarantined ticks go with their bytes, and what records gaps and sessions; omit: they are counted only. */
  readonly integrity?: FeedIntegrity
  /** Which instruments tick; omit to disable. */
  readonly arrivals?: TickArrivals
  /** The same one for every feed; omit where there is one feed. */
  readonly arbiter?: FeedArbiter
  readonly monotonicMs: () => number
  readonly events: EventBus
  /** Omit: what the summaries of quarantined ticks and of exceptions hold back is reported with the next one. */
  readonly later?: ((run: () => void, afterMs: number) => void) | undefined
}) => {
  const { events, feed } = options
  const { log, exceptions } = makeSummaries(feed, options)
  const mayReport = new TokenBucket({ ...arbitratedKept, nowMs: options.monotonicMs() })
  const onQuarantined: OnQuarantined = (slab, row, reason, symbols) => {
    const named = slab.u32[row * recordI32 + word.instrument] as number
    const late = isArbitrated(reason)
    const instrument = (late ? options.directory.at(named)?.id : symbols.ids[named]) ?? ""
    const name = quarantineReasons[reason] ?? "unknown"
    if (!late || mayReport.take(options.monotonicMs())) options.integrity?.quarantine(slab, row, name, instrument)
    log(name, instrument)
  }
  const { arrivals, ledger } = options
  const growth = new VolumeGrowth()
  if (arrivals !== undefined) arrivals.volumes = growth
  options.overflow?.add(options.feedIndex, { ledger, tally: options.integrity?.tally, gaps: options.integrity?.gaps })
  const intake = makeTickIntake({
    feed: options.feedIndex,
    pool: options.pool,
    queue: options.queue,
    ledger,
    normalise: makeNormaliseTick({
      directory: options.directory,
      loginTradingDay: options.loginTradingDay,
      clock: options.replay ? makeReplayClock() : liveClock,
      times: ledger,
      growth,
      onClock: (offsetMs) => {
        options.arbiter?.forgetSnapshots()
        events.publish({ type: "hostClock", feed, offsetMs })
      },
      ...(options.hours === undefined ? {} : { hours: options.hours }),
      ...(options.calendar === undefined ? {} : { calendar: options.calendar })
    }),
    onQuarantined,
    onException: (place, cause, index) => exceptions(place, cause, options.directory.at(index)?.id ?? ""),
    ...(options.line === undefined
      ? {}
      : { latency: { line: options.line, monotonicMs: options.monotonicMs, isReplay: options.replay } }),
    ...(arrivals === undefined ? {} : { arrivals }),
    ...(options.arbiter === undefined ? {} : { arbiter: options.arbiter }),
    ...(options.integrity === undefined ? {} : { tally: options.integrity.tally, gaps: options.integrity.gaps })
  })
  let beyondReported = 0
  // One object for the whole run: a market outside the calendar brings such ticks in every batch.
  const beyond = { type: "beyondCalendar", feed } as const
  return {
    ...intake,
    accept: (rows, start, named) => {
      intake.accept(rows, start, named)
      if (ledger.beyondCalendar === beyondReported) return
      beyondReported = ledger.beyondCalendar
      events.publish(beyond)
    }
  } satisfies TickIntake
}
