/** Pearson's correlation of two lists of one length; NaN when either is constant or has fewer than two values. */
export const correlation = (left: ReadonlyArray<number>, right: ReadonlyArray<number>): number => {
  const count = left.length
  if (count < 2) return Number.NaN
  const meanX = left.reduce((sum, value) => sum + value, 0) / count
  const meanY = right.reduce((sum, value) => sum + value, 0) / count
  let xx = 0
  let xy = 0
  let yy = 0
  for (let at = 0; at < count; at++) {
    const x = (left[at] as number) - meanX
    const y = (right[at] as number) - meanY
    xx += x * x
    xy += x * y
    yy += y * y
  }
  return xx === 0 || yy === 0 ? Number.NaN : xy / Math.sqrt(xx * yy)
}

/** Places of the values, the smallest first; equal values share their mean place. */
export const averageRanks = (values: ReadonlyArray<number>): ReadonlyArray<number> => {
  const order = values.map((_, at) => at).sort((a, b) => (values[a] as number) - (values[b] as number))
  const ranks = values.map(() => 0)
  for (let at = 0; at < order.length; ) {
    let end = at
    while (end < order.length && values[order[end] as number] === values[order[at] as number]) end++
    for (let place = at; place < end; place++) ranks[order[place] as number] = (at + end + 1) / 2
    at = end
  }
  return ranks
}

/** Spearman's correlation. */
export const rankCorrelation = (left: ReadonlyArray<number>, right: ReadonlyArray<number>): number =>
  correlation(averageRanks(left), averageRanks(right))
