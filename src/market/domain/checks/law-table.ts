import type { Exchange } from "../../../kernel/instrument/exchange.ts"
import type { InstrumentKind } from "../../../kernel/instrument/instrument-code.ts"
import { bitOf, type Law } from "../../../kernel/tick/law.ts"

/**
 * Effect of a broken law: the tick is published with the law's name in `flags`, quarantined, or published without a
 * flag.
 */
export type Severity = "flag" | "quarantine" | "ignore"

export const lawSeverity: Readonly<Record<Law, Severity>> = {
  struct_insane: "quarantine",
  price_finite: "quarantine",
  volume_negative: "quarantine",
  open_interest_negative: "quarantine",
  book_only: "quarantine",
  price_positive: "quarantine",
  price_in_limits: "quarantine",
  price_on_grid: "flag",
  book_crossed: "quarantine",
  levels_ordered: "flag",
  time_fell: "quarantine",
  volume_fell: "quarantine",
  turnover_fell: "flag",
  receive_time_bounds: "quarantine",
  trading_hours: "flag",
  snapshot: "flag"
}

/** One exception. An omitted part matches everything; `why` is the evidence. The last match wins. */
export interface LawException {
  readonly law: Law
  readonly severity: Severity
  readonly exchanges?: ReadonlyArray<Exchange>
  readonly kinds?: ReadonlyArray<InstrumentKind>
  /** Only outside continuous trading, or when the trading hours of the product are not known. */
  readonly outsideTrading?: true
  readonly why: string
}

export const lawExceptions: ReadonlyArray<LawException> = [
  {
    law: "book_only",
    severity: "ignore",
    kinds: ["combination", "tas", "efp"],
    why: "a combination has no open interest and mostly no limits, and may be quoted all day without a trade"
  },
  {
    law: "price_positive",
    severity: "ignore",
    kinds: ["combination", "tas", "efp"],
    why: "a spread, and a price quoted against the settlement price, may be negative or zero"
  },
  {
    law: "price_in_limits",
    severity: "ignore",
    kinds: ["combination", "tas", "efp"],
    why: "limits of a spread are those of its legs, not of the quoted difference"
  },
  {
    law: "price_on_grid",
    severity: "ignore",
    kinds: ["combination", "tas", "efp"],
    why: "the price tick of a contract list is that of the legs"
  },
  {
    law: "book_crossed",
    severity: "flag",
    outsideTrading: true,
    why: "in a call auction orders rest crossed until they are matched; before the open both sides may be equal"
  },
  {
    law: "book_crossed",
    severity: "flag",
    exchanges: ["SSE", "SZSE"],
    why: "a stock option whose price jumps is auctioned in the middle of the day, and all are from 14:57 on"
  },
  {
    law: "price_in_limits",
    severity: "flag",
    exchanges: ["SSE", "SZSE"],
    why: "stock options have a limit that is widened in the course of a day"
  },
  {
    law: "turnover_fell",
    severity: "ignore",
    exchanges: ["CZCE"],
    why: "CTP computes CZCE's turnover from volume and average price, so that it may fall"
  }
]

/** Severities for one kind of instrument on one exchange, as bit masks. A law in neither mask is ignored. */
export interface LawMasks {
  readonly flag: number
  readonly quarantine: number
  readonly flagOutsideTrading: number
  readonly quarantineOutsideTrading: number
}

const severityOf = (law: Law, exchange: Exchange, kind: InstrumentKind | undefined, trading: boolean): Severity => {
  let severity = lawSeverity[law]
  for (const rule of lawExceptions) {
    if (rule.law !== law) continue
    if (rule.exchanges !== undefined && !rule.exchanges.includes(exchange)) continue
    if (rule.kinds !== undefined && (kind === undefined || !rule.kinds.includes(kind))) continue
    if (rule.outsideTrading === true && trading) continue
    severity = rule.severity
  }
  return severity
}

/**
 * The table for one instrument. `kind` undefined: the code does not show the kind, so only exceptions of the exchange
 * apply.
 */
export const lawMasks = (exchange: Exchange, kind: InstrumentKind | undefined): LawMasks => {
  const mask = (wanted: Severity, trading: boolean): number =>
    (Object.keys(lawSeverity) as ReadonlyArray<Law>)
      .filter((law) => severityOf(law, exchange, kind, trading) === wanted)
      .reduce((bits, law) => bits | bitOf(law), 0)
  return {
    flag: mask("flag", true),
    quarantine: mask("quarantine", true),
    flagOutsideTrading: mask("flag", false),
    quarantineOutsideTrading: mask("quarantine", false)
  }
}
