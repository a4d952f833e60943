// The table that `npm run build` prints at its end.
const kib = (bytes) => (bytes === undefined ? "" : `${Math.round(bytes / 1024).toLocaleString("en")} KiB`)

/** Numbers on the right, words on the left. */
export const tableOf = (rows) => {
  const cells = [
    ["program", "size", "chunks", "source maps", "what"],
    ...rows.map(({ program, bytes, chunks, mapBytes, about }) => [
      program,
      kib(bytes),
      chunks === undefined ? "" : String(chunks),
      kib(mapBytes),
      about
    ])
  ]
  const widths = cells[0].map((_, at) => Math.max(...cells.map((row) => row[at].length)))
  const isNumber = (at) => at >= 1 && at <= 3
  return cells
    .map((row) =>
      row.map((cell, at) => (isNumber(at) ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))).join("  ")
    )
    .map((line) => line.trimEnd())
    .join("\n")
}
