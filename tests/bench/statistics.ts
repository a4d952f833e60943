/** Middle of the values, mean of the two middles for an even count; NaN for none. Medians, since one noisy run must not decide. */
export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle] as number
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))
