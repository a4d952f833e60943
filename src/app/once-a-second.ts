const everyMs = 1000

/** Lets what happens by the thousand be told at once when it begins, and then in one line a second for as long as it goes on. */
export class OnceASecond {
  private waits = false
  private readonly later: (run: () => void, afterMs: number) => void
  private readonly tell: () => boolean

  constructor(options: {
    readonly later: (run: () => void, afterMs: number) => void
    /** Tells what came since the last line; false: nothing did. */
    readonly tell: () => boolean
  }) {
    this.later = options.later
    this.tell = options.tell
  }

  /** Something happened. */
  note(): void {
    if (!this.waits) this.flush()
  }

  /** Tells what waits for its second: nobody will wait any more when the process ends. */
  flush(): void {
    this.waits = this.tell()
    if (this.waits) this.later(() => this.flush(), everyMs)
  }
}
