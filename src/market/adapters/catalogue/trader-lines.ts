import type { ContractRow } from "./contract-row.ts"

/** One line of the query worker, except the rows of the list. Source: docs/reference/trader-query.md. */
export type TraderEvent =
  | { readonly kind: "format"; readonly version: string; readonly api: string }
  | { readonly kind: "connected" }
  | { readonly kind: "disconnected"; readonly reason: number }
  | { readonly kind: "authenticated" }
  | { readonly kind: "login"; readonly tradingDay: number }
  | { readonly kind: "refused"; readonly stage: string; readonly errorId: number; readonly message: string }
  | { readonly kind: "returned"; readonly command: string; readonly code: number }
  | { readonly kind: "end" }

/** The only known form of the lines. */
export const traderFormat = "1"

const columns = [
  "InstrumentID",
  "ExchangeID",
  "InstrumentName",
  "ProductID",
  "VolumeMultiple",
  "PriceTick",
  "ExpireDate"
] as const

/** Undefined: this version does not know the line. */
const eventOf = ([kind, ...fields]: ReadonlyArray<string>): TraderEvent | undefined => {
  const [first = "", second = "", third = ""] = fields
  switch (kind) {
    case "connected":
    case "authenticated":
    case "end":
      return { kind }
    case "format":
      return { kind, version: first, api: second }
    case "disconnected":
      return { kind, reason: Number(first) }
    case "login":
      return { kind, tradingDay: /^\d{8}$/.test(first) ? Number(first) : 0 }
    case "refused":
      return { kind, stage: first, errorId: Number(second), message: third.replaceAll("\u001a", " ") }
    case "returned":
      return { kind, command: first, code: Number(second) }
    default:
      return undefined
  }
}

/**
 * Splits the worker's bytes into lines. GBK has no line end and no tab inside a character, so lines are split before
 * they are decoded. A name that the vendor cut within a character does not damage its neighbours.
 */
export class TraderLineReader {
  private readonly onRow: (row: ContractRow) => void
  private readonly onEvent: (event: TraderEvent) => void
  private readonly decoder = new TextDecoder("gb18030")
  private held: Uint8Array = new Uint8Array(0)

  constructor(onRow: (row: ContractRow) => void, onEvent: (event: TraderEvent) => void) {
    this.onRow = onRow
    this.onEvent = onEvent
  }

  take(chunk: Uint8Array): void {
    const bytes = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk])
    const end = bytes.lastIndexOf(0x0a) + 1
    this.held = bytes.subarray(end)
    for (let from = 0; from < end; ) {
      const until = bytes.indexOf(0x0a, from)
      this.line(bytes.subarray(from, until))
      from = until + 1
    }
  }

  private line(bytes: Uint8Array): void {
    const fields: Array<string> = []
    for (let from = 0; from <= bytes.length; ) {
      const tab = bytes.indexOf(0x09, from)
      const until = tab < 0 ? bytes.length : tab
      fields.push(this.decoder.decode(bytes.subarray(from, until)))
      from = until + 1
    }
    if (fields[0] === "row") {
      return this.onRow(Object.fromEntries(columns.map((column, at) => [column, fields[at + 1] ?? ""])))
    }
    const event = eventOf(fields)
    if (event !== undefined) this.onEvent(event)
  }
}
