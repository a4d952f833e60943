import { refusalOf } from "../domain/subscription-record.ts"
import { OnceASecond } from "./once-a-second.ts"

/** Instruments that a line names for each error. */
const named = 5
/** Errors that a line tells apart; the instruments of further ones are in its count only. */
const kindsMost = 4

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

/**
 * Keeps a front that refuses instruments by the thousand from filling the log: the first refusal is told at once, and
 * those that follow in one line a second, by error. No refusal is missing from the counts.
 */
export class RefusalLines {
  private count = 0
  private readonly kinds = new Map<number, Gathered>()
  private readonly lines: OnceASecond
  private readonly tell: (count: number, kinds: ReadonlyArray<RefusalKind>) => void

  constructor(options: {
    readonly later: (run: () => void, afterMs: number) => void
    /** Writes a line. `count`: all refusals since the last one. */
    readonly tell: (count: number, kinds: ReadonlyArray<RefusalKind>) => void
  }) {
    this.lines = new OnceASecond({ later: options.later, tell: () => this.write() })
    this.tell = options.tell
  }

  note(refused: RefusedSubscription): void {
    this.gather(refused)
    this.lines.note()
  }

  /** Writes what waits. */
  flush(): void {
    this.lines.flush()
  }

  private gather({ errorId, instrumentId, message }: RefusedSubscription): void {
    this.count++
    const known = this.kinds.get(errorId)
    if (known !== undefined) {
      known.count++
      if (known.first.length < named) known.first.push(instrumentId)
    } else if (this.kinds.size < kindsMost) {
      const { name, text } = refusalOf(errorId, message, 0)
      this.kinds.set(errorId, { error_id: errorId, name, text, count: 1, first: [instrumentId] })
    }
  }

  private write(): boolean {
    const { count } = this
    if (count === 0) return false
    const kinds = [...this.kinds.values()]
    this.count = 0
    this.kinds.clear()
    this.tell(count, kinds)
    return true
  }
}

/** `5999 TOO_MANY_INSTRUMENTS (rb2701, rb2702, …)`, and so for each error. */
export const refusalWords = (kinds: ReadonlyArray<RefusalKind>): string =>
  kinds
    .map(({ count, first, name }) => `${count} ${name} (${first.join(", ")}${count > first.length ? ", …" : ""})`)
    .join("; ")
