import { toError } from "../../../kernel/error-text.ts"
import { StormFolder, StormFolders } from "../../../kernel/limits/storm-folder.ts"

/** Where an exception was caught that cost one tick, or a word about it, and let the line go on. */
export type ExceptionPlace = "judge" | "integrity" | "write"

/** The first exception of a kind, or what followed within a minute. `count`: since the last one. */
export interface ExceptionNews {
  readonly feed: string
  readonly place: ExceptionPlace
  readonly instrument: string
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly count: number
}

/** The first of a kind at once, then one line a minute. */
const limits = { burst: 1, everyMs: 60_000 }
/** More kinds than this share one line: a message that differs each time must not fill the memory. */
const kindsMax = 32

const firstFrame = (stack: string): string => /^\s+at .*/m.exec(stack)?.[0].trim() ?? ""

/**
 * Folds exceptions that a step of the line threw: one kind is a place, the name of the error and the frame that threw
 * it.
 * Costs nothing until something throws. `later` omitted: what is held back is reported with the next one of its kind.
 */
export const makeExceptionLog = (
  feed: string,
  monotonicMs: () => number,
  report: (news: ExceptionNews) => void,
  later: (run: () => void, afterMs: number) => void = () => undefined
) => {
  interface Caught {
    readonly place: ExceptionPlace
    readonly error: Error
    readonly stack: string
    readonly instrument: string
  }
  const folders = new StormFolders<Caught>(
    () =>
      new StormFolder({
        limits,
        nowMs: monotonicMs,
        later,
        report: ({ place, error: { message, name }, stack, instrument }, count) =>
          report({ feed, place, instrument, name, message, stack, count })
      }),
    kindsMax
  )
  return (place: ExceptionPlace, cause: unknown, instrument: string): void => {
    const error = toError(cause)
    const stack = error.stack ?? error.message
    folders.note(`${place} ${error.name} ${firstFrame(stack)}`, { place, error, stack, instrument })
  }
}
