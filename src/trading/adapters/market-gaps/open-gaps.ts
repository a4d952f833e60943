import { Result, Schema } from "effect"
import { parseInstrumentCode } from "../../../kernel/instrument/instrument-code.ts"
import { instantOfMs, instantText } from "../../../kernel/time/utc-instant.ts"
import { type CertificateMessage, CertificateMessageJson } from "../../../protocol/market/certificate-message.ts"
import { type GapMessage, GapMessageJson } from "../../../protocol/market/gap-message.ts"

const readGap = Schema.decodeUnknownResult(GapMessageJson)
const readCertificate = Schema.decodeUnknownResult(CertificateMessageJson)
const decoder = new TextDecoder()
const gapPrefix = "md.gap."
/** `md.certificate.<trading_day>.<session>`; the parts of a certificate have more tokens. */
const certificateSubject = /^md\.certificate\.[^.]+\.[^.]+$/

/** The codes whose gaps make a price of this instrument unusable: its own, and those of its legs. */
const codesOf = (symbol: string): ReadonlyArray<string> | undefined => {
  const code = parseInstrumentCode(symbol)
  if (code === undefined) return undefined
  const legs = code.kind === "combination" ? code.legs : []
  return [symbol, ...legs].map((one) => one.toUpperCase())
}

/** Whether it is a contract of a CTP exchange by its code. A US ticker has no digits. */
export const isContract = (symbol: string): boolean => codesOf(symbol) !== undefined

/**
 * The gaps that are open after all messages so far of `MD_INTEGRITY`. A daemon that was killed closes none of its gaps:
 * later news of the same feed ends them.
 */
export class OpenGaps {
  private readonly open = new Map<string, GapMessage>()
  /** Messages about gaps that this program cannot read: what they say is not known. */
  unreadable = 0

  add(subject: string, data: Uint8Array): void {
    if (subject.startsWith(gapPrefix)) {
      const record = readGap(decoder.decode(data))
      if (Result.isFailure(record)) this.unreadable++
      else this.gap(record.success)
    } else if (certificateSubject.test(subject)) {
      const certificate = readCertificate(decoder.decode(data))
      if (Result.isSuccess(certificate)) this.certificate(certificate.success)
    }
  }

  private gap(record: GapMessage): void {
    for (const [id, one] of this.open) {
      if (one.feed !== record.feed || one.from > record.from) continue
      const isSame = one.cause === record.cause && one.instrument === record.instrument
      // `daemon_down`: another run of the daemon has begun, and reports gaps of its own.
      if (isSame || record.cause === "daemon_down") this.open.delete(id)
    }
    if (record.state === "open") this.open.set(record.id, record)
    else this.open.delete(record.id)
  }

  /** The feed received ticks after the gap began: it has ended. */
  private certificate({ feed, last }: CertificateMessage): void {
    if (last === null) return
    for (const [id, one] of this.open) {
      if (one.feed === feed && one.instrument === null && one.from < last) this.open.delete(id)
    }
  }

  /** Why prices of the instrument must not be used. A gap without an instrument is of everything in its feed. */
  problem(symbol: string): string | undefined {
    const codes = codesOf(symbol)
    if (codes === undefined) return undefined
    if (this.unreadable > 0) {
      return `${this.unreadable} gap records of the market cannot be read: update this program to the market daemon's version`
    }
    for (const { cause, covered_by, feed, from, instrument } of this.open.values()) {
      // Another feed has received everything meanwhile.
      if (covered_by !== undefined) continue
      if (instrument !== null && !codes.includes(instrument.toUpperCase())) continue
      return `an open gap record of feed ${feed} since ${instantText(instantOfMs(from))}: ${cause}`
    }
    return undefined
  }
}
