/** Lines about one link that may come at once; afterwards one a second. */
const burst = 4
const lineEveryMs = 1000

export type LinkChange =
  | { readonly kind: "connected"; readonly folded: number }
  | { readonly kind: "disconnected"; readonly reason: number }

/** What happened while no line was written. `connects` and `losses` count what an event had folded already, too. */
export interface LinkStorm {
  readonly connects: number
  readonly losses: number
  readonly last: LinkChange
}

/**
 * Keeps a front that breaks every connection from filling the disk: an old library reports 700 pairs a second. Each of the
 * first changes is a line of its own; in a storm one line a second tells how many there were, and how the link stands.
 */
export class LinkLines {
  private tokens = burst
  private filledMs: number
  private connects = 0
  private losses = 0
  private last: LinkChange | undefined
  private readonly nowMs: () => number
  private readonly later: (run: () => void, afterMs: number) => void
  private readonly one: (change: LinkChange) => void
  private readonly many: (storm: LinkStorm) => void

  constructor(options: {
    readonly nowMs: () => number
    readonly later: (run: () => void, afterMs: number) => void
    /** Writes the line of one change. */
    readonly one: (change: LinkChange) => void
    /** Writes the line of several. */
    readonly many: (storm: LinkStorm) => void
  }) {
    this.nowMs = options.nowMs
    this.later = options.later
    this.one = options.one
    this.many = options.many
    this.filledMs = options.nowMs()
  }

  note(change: LinkChange): void {
    if (this.last === undefined && this.mayWrite()) return this.one(change)
    if (this.last === undefined) this.later(() => this.flush(), lineEveryMs)
    if (change.kind === "connected") this.connects += 1 + change.folded
    else this.losses++
    this.last = change
  }

  /** Writes what waits. */
  flush(): void {
    const { connects, losses, last } = this
    if (last === undefined) return
    this.connects = 0
    this.losses = 0
    this.last = undefined
    this.tokens = 0
    this.filledMs = this.nowMs()
    if (connects + losses === 1) this.one(last)
    else this.many({ connects, losses, last })
  }

  private mayWrite(): boolean {
    const nowMs = this.nowMs()
    const whole = Math.floor((nowMs - this.filledMs) / lineEveryMs)
    this.tokens = Math.min(burst, this.tokens + whole)
    this.filledMs += whole * lineEveryMs
    if (this.tokens < 1) return false
    this.tokens--
    return true
  }
}
