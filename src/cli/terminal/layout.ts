import type { Screen } from "./screen.ts"

/** Colours of a terminal; without colour all of them return the text as it is. */
export interface Paint {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly faint: (text: string) => string
}

const asItIs = (text: string): string => text
export const plain: Paint = { good: asItIs, bad: asItIs, faint: asItIs }
const coloured: Paint = {
  good: (text) => `\u001b[32m${text}\u001b[39m`,
  bad: (text) => `\u001b[1;31m${text}\u001b[22;39m`,
  faint: (text) => `\u001b[2m${text}\u001b[22m`
}
export const paintOf = ({ isColoured }: Screen): Paint => (isColoured ? coloured : plain)

// oxlint-disable-next-line no-control-regex -- the codes of the colours begin with the escape character
const colourCodes = /\u001b\[[\d;]*m/g
/** Chinese characters and full-width forms take two columns. */
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]/g
const widthOf = (text: string): number => {
  const shown = text.replace(colourCodes, "")
  return shown.length + (shown.match(wide)?.length ?? 0)
}

/** Rows with aligned columns, two blanks apart. The last column is as long as it is; `right` columns are numbers. */
export const aligned = (
  rows: ReadonlyArray<ReadonlyArray<string>>,
  right: ReadonlyArray<number> = []
): ReadonlyArray<string> => {
  const count = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? "")))
  )
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const blanks = " ".repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)))
        if (right.includes(column)) return blanks + cell
        return column === row.length - 1 ? cell : cell + blanks
      })
      .join("  ")
      .trimEnd()
  )
}

/**
 * On a terminal: the line wrapped at its width, with what follows set in. Elsewhere the line as it is, so that a script
 * finds one record on one line.
 */
export const folded = (line: string, { columns, isTerminal }: Screen, indent: number): string => {
  if (!isTerminal || widthOf(line) <= columns) return line
  const lines: Array<string> = []
  const margin = " ".repeat(Math.min(indent, Math.floor(columns / 2)))
  let current = ""
  for (const [part, , word = ""] of line.matchAll(/( *)(\S+)/g)) {
    if (widthOf(current + part) <= columns || current.trim() === "") current += part
    else {
      lines.push(current)
      current = margin + word
    }
  }
  return [...lines, current].join("\n")
}

/** Every line of a text wrapped like that; what follows is set in by two more than its line. */
export const foldedText = (text: string, screen: Screen): string =>
  text
    .split("\n")
    .map((line) => folded(line, screen, line.length - line.trimStart().length + 2))
    .join("\n")

export const count = (value: number): string => value.toLocaleString("en-US")

/** `21:00:03.123` of an ISO time; `-` for none. */
export const clockOf = (iso: string | null): string => (iso === null ? "-" : iso.slice(11, 23))

/** `+08:00` of an ISO time; `UTC` when it ends in Z. */
export const zoneOf = (iso: string): string => /[+-]\d\d:\d\d$/.exec(iso)?.[0] ?? "UTC"

/** `2026-11-20 21:00:03.123 +08:00` of an ISO time. */
export const timeOf = (iso: string): string => `${iso.slice(0, 10)} ${clockOf(iso)} ${zoneOf(iso)}`
