/**
 * Room for per-instrument values that the tick path reads and writes without an object: typed arrays by instrument
 * index, doubled when an instrument appears behind their end. Growing happens at first sight, never for a known one.
 */
export const grownRows = (rows: number, index: number): number => {
  let wanted = Math.max(rows, 256)
  while (wanted <= index) wanted *= 2
  return wanted
}

export const grownF64 = (from: Float64Array, length: number, fill = 0): Float64Array<ArrayBuffer> => {
  const to = new Float64Array(length)
  if (fill !== 0) to.fill(fill, from.length)
  to.set(from)
  return to
}

export const grownI32 = (from: Int32Array, length: number, fill = 0): Int32Array<ArrayBuffer> => {
  const to = new Int32Array(length)
  if (fill !== 0) to.fill(fill, from.length)
  to.set(from)
  return to
}
