import { refusalOf } from "../../../kernel/instrument/subscription-record.ts"
import { StormFolder } from "../../../kernel/limits/storm-folder.ts"

/** The first refusal at once, then one line a second. */
const limits = { burst: 1, everyMs: 1000 }
/** Instruments that a line names for each error. */
const named = 5
/** Errors that a line distinguishes; the instruments of further ones are in its count only. */
const kindsMax = 4

/** A front's refusal of one subscription. */
export interface RefusedSubscription {
  readonly instrumentId: string
  readonly errorId: number
  readonly message: string
}

/** The instruments that one error refused since the last line. `first` holds the first few of them. */
export interface RefusalKind {
  readonly error_id: number
  readonly name: string
  readonly text: string
  readonly count: number
  readonly first: ReadonlyArray<string>
}

interface Gathered extends RefusalKind {
  count: number
  readonly first: Array<string>
}

type Kinds = Map<number, Gathered>

const gather = (kinds: Kinds, { errorId, instrumentId, message }: RefusedSubscription): Kinds => {
  const known = kinds.get(errorId)
  if (known !== undefined) {
    known.count++
    if (known.first.length < named) known.first.push(instrumentId)
  } else if (kinds.size < kindsMax) {
    const { name, text } = refusalOf(errorId, message, 0)
    kinds.set(errorId, { error_id: errorId, name, text, count: 1, first: [instrumentId] })
  }
  return kinds
}

/**
 * Keeps a front that refuses instruments by the thousand from filling the log: the first refusal is reported at once,
 * and those that follow in one line a second, by error. No refusal is missing from the counts.
 */
export class RefusalLines {
  private readonly folder: StormFolder<{ readonly refused: RefusedSubscription; readonly kinds: Kinds }>

  constructor(options: {
    readonly nowMs: () => number
    readonly later: (run: () => void, afterMs: number) => void
    /** Writes a line. `count`: all refusals since the last one. */
    readonly tell: (count: number, kinds: ReadonlyArray<RefusalKind>) => void
  }) {
    this.folder = new StormFolder({
      limits,
      nowMs: options.nowMs,
      later: options.later,
      merge: (waiting, { refused }) => ({ refused, kinds: gather(waiting.kinds, refused) }),
      report: ({ kinds }, count) => options.tell(count, [...kinds.values()])
    })
  }

  note(refused: RefusedSubscription): void {
    this.folder.note({ refused, kinds: gather(new Map(), refused) })
  }

  /** Writes what waits. */
  flush(): void {
    this.folder.flush()
  }
}

/** `5999 TOO_MANY_INSTRUMENTS (rb2701, rb2702, …)`, and so for each error. */
export const refusalWords = (kinds: ReadonlyArray<RefusalKind>): string =>
  kinds
    .map(({ count, first, name }) => `${count} ${name} (${first.join(", ")}${count > first.length ? ", …" : ""})`)
    .join("; ")
