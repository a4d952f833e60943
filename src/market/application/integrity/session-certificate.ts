import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import type { Gap } from "../../../kernel/tick/gap.ts"
import {
  type CertificateMessage,
  type CertificatePart,
  type CertifiedInstrument,
  certificatePartSubject,
  certificateSubject,
  instrumentsPerPart
} from "../../../protocol/market/certificate-message.ts"
import { gapMessage } from "../../../protocol/market/gap-message.ts"
import type { SessionLate } from "./session-late.ts"
import type { InstrumentTally, SessionIntegrity } from "./session-tally.ts"

/** The session's counts once its last tick is resolved. Ticks lost behind the intake are counted as lost. */
const settled = ({ late, ...integrity }: SessionIntegrity, lost: number) => ({
  ...integrity,
  published: integrity.published - late.total - lost,
  quarantined: integrity.quarantined + late.quarantined,
  conflated: late.conflated,
  dropped: integrity.dropped + late.dropped + lost
})
type ResolvedSession = ReturnType<typeof settled>

/** Every reason why a session is not complete, as text. */
const reasonsOf = (integrity: ResolvedSession, gaps: ReadonlyArray<Gap>, balanced: boolean): ReadonlyArray<string> => {
  const counted = (count: number, what: string) => (count > 0 ? [`${count} ${what}`] : [])
  // Ticks that another feed covered are in the stream.
  const covered = gaps.reduce((sum, { coveredBy, count }) => sum + (coveredBy === undefined ? 0 : (count ?? 0)), 0)
  return [
    ...(integrity.ended ? [] : ["the daemon stopped before the session ended"]),
    ...counted(integrity.joinedLate, "instruments had traded before their first tick was seen"),
    ...counted(integrity.dropped - covered, "ticks dropped"),
    ...counted(integrity.conflated, "ticks conflated"),
    ...counted(integrity.quarantined, "ticks quarantined"),
    ...gaps.filter(({ coveredBy }) => coveredBy === undefined).map(({ cause, state }) => `gap: ${cause}, ${state}`),
    ...(balanced ? [] : ["the columns do not add up to what was received"])
  ]
}

const least = (values: ReadonlyArray<number | undefined>): number | null =>
  values.reduce<number | null>((best, value) => (value === undefined ? best : Math.min(best ?? value, value)), null)

const most = (values: ReadonlyArray<number | undefined>): number | null =>
  values.reduce<number | null>((best, value) => (value === undefined ? best : Math.max(best ?? value, value)), null)

/**
 * The messages of a certificate. Its parts are first, so that a reader of the total finds them. `lost`: accepted
 * ticks that a stop could not send; they count as dropped, not as published.
 */
export const certify = (given: {
  readonly instance: string
  readonly integrity: SessionIntegrity
  readonly gaps: ReadonlyArray<Gap>
  readonly directory: InstrumentDirectory
  readonly nowMs: number
  readonly lost: number
}): ReadonlyArray<{ readonly subject: string; readonly text: string }> => {
  const { gaps, directory, nowMs } = given
  const integrity = settled(given.integrity, given.lost)
  const tradingDay = String(integrity.tradingDay)
  const subject = certificateSubject(tradingDay, integrity.session)
  const certified = integrity.instruments.flatMap((tally) =>
    certifiedInstrument(tally, given.integrity.late, directory)
  )
  const parts: Array<CertificatePart> = []
  for (let from = 0; from < certified.length; from += instrumentsPerPart) {
    parts.push({
      version: 1,
      part: parts.length + 1,
      issued: nowMs,
      instruments: certified.slice(from, from + instrumentsPerPart)
    })
  }
  const balanced =
    integrity.received ===
    integrity.published + integrity.duplicate + integrity.quarantined + integrity.conflated + integrity.dropped
  const reasons = reasonsOf(integrity, gaps, balanced)
  const silent = certified.reduce<CertifiedInstrument | undefined>(
    (longest, one) => (one.longest_silence_ms > (longest?.longest_silence_ms ?? 0) ? one : longest),
    undefined
  )
  const total: CertificateMessage = {
    version: 1,
    instance: given.instance,
    feed: integrity.feed,
    trading_day: tradingDay,
    session: integrity.session,
    issued: nowMs,
    complete: reasons.length === 0,
    incomplete_because: [...reasons],
    received: integrity.received,
    published: integrity.published,
    duplicate: integrity.duplicate,
    quarantined: integrity.quarantined,
    conflated: integrity.conflated,
    dropped: integrity.dropped,
    instruments: certified.length,
    first: least(integrity.instruments.map(({ firstMs }) => firstMs)),
    last: most(integrity.instruments.map(({ lastMs }) => lastMs)),
    longest_silence_ms: silent?.longest_silence_ms ?? 0,
    longest_silence_symbol: silent?.symbol ?? null,
    gaps: gaps.map(gapMessage),
    instrument_parts: parts.length
  }
  return [
    ...parts.map((part) => ({
      subject: certificatePartSubject(subject, integrity.feed, part.part),
      text: JSON.stringify(part)
    })),
    { subject, text: JSON.stringify(total) }
  ]
}

const certifiedInstrument = (
  tally: InstrumentTally,
  late: SessionLate,
  directory: InstrumentDirectory
): Array<CertifiedInstrument> => {
  const instrument = directory.at(tally.index)
  if (instrument === undefined) return []
  return [
    {
      symbol: instrument.id,
      exchange: instrument.exchange,
      first: tally.firstMs ?? null,
      last: tally.lastMs ?? null,
      published: tally.published - late.of(tally.index),
      duplicate: tally.duplicate,
      quarantined: tally.quarantined,
      flagged: tally.flagged,
      longest_silence_ms: tally.longestSilenceMs
    }
  ]
}
