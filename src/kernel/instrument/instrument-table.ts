/**
 * Typed arrays by instrument index, which the tick path reads and writes without an object. They are doubled when an
 * instrument appears behind their end: growing happens at its first tick only.
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
