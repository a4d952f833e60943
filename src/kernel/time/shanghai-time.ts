/** ISO 8601 in Asia/Shanghai, milliseconds. China has had no daylight saving since 1991, so the shift is exact. */
export const shanghaiIso = (epochMs: number): string =>
  new Date(epochMs + 28_800_000).toISOString().replace("Z", "+08:00")
