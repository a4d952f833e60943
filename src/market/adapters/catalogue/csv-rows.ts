import type { ContractRow } from "./contract-row.ts"

/** Cells of one CSV text, quotes as in RFC 4180; lines end in LF or CRLF, empty lines are no rows. */
const cells = (text: string): ReadonlyArray<ReadonlyArray<string>> => {
  const table: Array<Array<string>> = []
  let row: Array<string> = []
  // One alternative a cell: quoted (with doubled quotes inside) or bare, then what ends it.
  const cell = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|\r|$)/gy
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text)
    // Any text matches (a quote that never closes is an ordinary character of a bare cell); only the types ask.
    if (found === null) break
    row.push(found[1] === undefined ? (found[2] as string) : found[1].replaceAll('""', '"'))
    if (found[3] === ",") continue
    table.push(row)
    row = []
  }
  if (row.length > 0) table.push([...row, ""])
  return table.filter((line) => line.length > 1 || line[0] !== "")
}

/** Header and rows of a CSV file; a row has the header's names, and nothing for cells it does not reach. */
export const readCsv = (
  text: string
): { readonly header: ReadonlyArray<string>; readonly rows: ReadonlyArray<ContractRow> } => {
  const [first = [], ...lines] = cells(text)
  const header = first.map((name) => name.trim())
  return { header, rows: lines.map((line) => Object.fromEntries(header.map((name, i) => [name, line[i]]))) }
}
