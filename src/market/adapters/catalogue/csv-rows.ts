import { CsvError, parse } from "csv-parse/sync"
import type { ContractRow } from "./contract-row.ts"

/** Lines end in LF, CRLF or CR, also mixed. A line may be shorter or longer than the header. */
const cells = (text: string, quote: '"' | false): Array<Array<string>> =>
  parse(text, {
    quote,
    bom: true,
    relax_column_count: true,
    // A quote inside an unquoted cell is text.
    relax_quotes: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    skip_empty_lines: true
  })

/** Quotes as in RFC 4180. In a file with an unclosed quote, all quotes are text. */
const table = (text: string): Array<Array<string>> => {
  try {
    return cells(text, '"')
  } catch (cause) {
    if (cause instanceof CsvError && cause.code === "CSV_QUOTE_NOT_CLOSED") return cells(text, false)
    throw cause
  }
}

/** Header and rows of a CSV file. A row has the header's names as keys, without those beyond its end. */
export const readCsv = (
  text: string
): { readonly header: ReadonlyArray<string>; readonly rows: ReadonlyArray<ContractRow> } => {
  const [first = [], ...lines] = table(text)
  const header = first.map((name) => name.trim())
  return { header, rows: lines.map((line) => Object.fromEntries(header.map((name, i) => [name, line[i]]))) }
}
