/** Where an exception was caught that cost one tick, or a word about it, and let the line go on. */
export type ExceptionPlace = "judge" | "account" | "write"

/** Called for the first exception of a kind, and at most once a minute for each kind that goes on. `count`: since the last call. */
export type OnException = (news: {
  readonly feed: string
  readonly place: ExceptionPlace
  readonly instrument: string
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly count: number
}) => void

/** More kinds than this share one line: a message that differs each time must not fill the memory. */
const kindsMax = 32
const everyMs = 60_000

const firstFrame = (stack: string): string => /^\s+at .*/m.exec(stack)?.[0].trim() ?? ""

/**
 * Folds exceptions that a step of the line threw: one kind is a place, the name of the error and the frame that threw it.
 * Costs nothing until something throws.
 */
export const makeExceptionLog = (feed: string, monotonicMs: () => number, report: OnException) => {
  const kinds = new Map<string, { atMs: number; since: number }>()
  return (place: ExceptionPlace, cause: unknown, instrument: string): void => {
    const error = cause instanceof Error ? cause : new Error(`not an error: ${String(cause)}`)
    const stack = error.stack ?? error.message
    const exact = `${place} ${error.name} ${firstFrame(stack)}`
    const key = kinds.has(exact) || kinds.size < kindsMax ? exact : "others"
    const kind = kinds.get(key) ?? { atMs: Number.NEGATIVE_INFINITY, since: 0 }
    kinds.set(key, kind)
    kind.since++
    const nowMs = monotonicMs()
    if (nowMs - kind.atMs < everyMs) return
    const count = kind.since
    kind.atMs = nowMs
    kind.since = 0
    report({ feed, place, instrument, name: error.name, message: error.message, stack, count })
  }
}
