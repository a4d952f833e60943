import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { shanghaiIso } from "../kernel/time/shanghai-time.ts"
import type { CertificateMessage, CertifiedInstrument } from "../protocol/market/certificate-message.ts"
import { jsonFlag, serverFlag } from "./terminal/flags.ts"

export interface CertificateQuery {
  readonly server: Option.Option<string>
  /** yyyymmdd; none: the last trading day that has one. */
  readonly day: Option.Option<string>
  /** Read the parts too. */
  readonly instruments: boolean
}

/** A certificate, and its instruments when they were asked for and are still those of this certificate. */
export interface Certificate {
  readonly total: CertificateMessage
  readonly instruments: ReadonlyArray<CertifiedInstrument>
}

const count = (value: number) => value.toLocaleString("en-US")
const clock = (ms: number | null) => (ms === null ? "-" : shanghaiIso(ms).slice(11, 23))

const renderOne = ({ total }: Certificate): string => {
  const lines = [
    `${total.trading_day} ${total.session}  ${total.feed}  ${total.complete ? "COMPLETE" : "INCOMPLETE"}  issued ${shanghaiIso(total.issued)} by ${total.instance}`,
    `  ticks   received ${count(total.received)} = published ${count(total.published)} + duplicate ${count(total.duplicate)} + quarantined ${count(total.quarantined)} + conflated ${count(total.conflated)} + dropped ${count(total.dropped)}`,
    `  market  ${count(total.instruments)} instruments, first tick ${clock(total.first)}, last ${clock(total.last)}, longest silence ${(total.longest_silence_ms / 1000).toFixed(1)} s${total.longest_silence_symbol === null ? "" : ` (${total.longest_silence_symbol})`}`
  ]
  for (const reason of total.incomplete_because) lines.push(`  because ${reason}`)
  for (const gap of total.gaps) {
    lines.push(
      `  gap     ${gap.cause} ${clock(gap.from)} to ${clock(gap.to)}  ${gap.count === null ? "unknown number of" : count(gap.count)} ticks${gap.covered_by === undefined ? "" : `, covered by ${gap.covered_by}`}`
    )
  }
  return lines.join("\n")
}

const renderCertificates = (certificates: ReadonlyArray<Certificate>): string => certificates.map(renderOne).join("\n")

/** `tickd certificate`: what each trading session brought, and whether all of it is in the stream. */
export const certificateCommand = <E, R>(
  ask: (query: CertificateQuery) => Effect.Effect<ReadonlyArray<Certificate>, E, R>
) =>
  Command.make(
    "certificate",
    {
      day: Flag.String("day").pipe(
        Flag.withDescription("Trading day, yyyymmdd (default: the last one that has a certificate)"),
        Flag.filter(
          (text) => /^\d{8}$/.test(text),
          () => "a trading day such as 20261120"
        ),
        Flag.optional
      ),
      json: jsonFlag,
      server: serverFlag
    },
    ({ day, json, server }) =>
      Effect.flatMap(ask({ server, day, instruments: json }), (certificates) =>
        Console.log(
          json
            ? JSON.stringify(certificates.map(({ total, instruments }) => ({ ...total, by_instrument: instruments })))
            : renderCertificates(certificates)
        )
      )
  ).pipe(
    Command.withDescription("Show the completeness certificates of a trading day: counts, gaps, and what is missing")
  )
