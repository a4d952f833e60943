/** A scrape must not wait longer for a server that does not answer. */
const answerMs = 2000

/**
 * A value that is asked of a server at a scrape, at most once in `everyMs`. A value that could not be read again is
 * undefined: an old one looks healthy. Never fails.
 */
export const makePolled = <A>(options: {
  readonly ask: () => Promise<A>
  readonly everyMs: number
  readonly monotonicMs: () => number
}): (() => Promise<A | undefined>) => {
  const { ask, everyMs, monotonicMs } = options
  let askedMs = Number.NEGATIVE_INFINITY
  let asking: Promise<A | undefined> = Promise.resolve(undefined)
  const asked = async () => {
    const { promise: late, resolve } = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => resolve(undefined), answerMs)
    try {
      return await Promise.race([ask(), late])
    } catch {
      return undefined
    } finally {
      clearTimeout(timer)
    }
  }
  return () => {
    if (monotonicMs() - askedMs >= everyMs) {
      askedMs = monotonicMs()
      asking = asked()
    }
    return asking
  }
}
