import { StormFolder } from "../../../kernel/limits/storm-folder.ts"

/** Lines about one link that may come at once; afterwards one a second. */
const limits = { burst: 4, everyMs: 1000 }

export type LinkChange =
  | { readonly kind: "connected"; readonly folded: number }
  | { readonly kind: "disconnected"; readonly reason: number }

/** What happened while no line was written. `connects` and `losses` count what an event had folded already, too. */
export interface LinkStorm {
  readonly connects: number
  readonly losses: number
  readonly last: LinkChange
}

const stormOf = (last: LinkChange): LinkStorm =>
  last.kind === "connected" ? { connects: 1 + last.folded, losses: 0, last } : { connects: 0, losses: 1, last }

/**
 * Keeps a front that breaks every connection from filling the disk: an old library reports 700 pairs a second. Each of
 * the first changes is a line of its own; in a storm one line a second says how many there were, and how the link
 * stands.
 */
export class LinkLines {
  private readonly folder: StormFolder<LinkStorm>

  constructor(options: {
    readonly nowMs: () => number
    readonly later: (run: () => void, afterMs: number) => void
    /** Writes the line of one change. */
    readonly one: (change: LinkChange) => void
    /** Writes the line of several. */
    readonly many: (storm: LinkStorm) => void
  }) {
    this.folder = new StormFolder({
      limits,
      nowMs: options.nowMs,
      later: options.later,
      merge: (waiting, next) => ({
        connects: waiting.connects + next.connects,
        losses: waiting.losses + next.losses,
        last: next.last
      }),
      report: (storm, count) => (count === 1 ? options.one(storm.last) : options.many(storm))
    })
  }

  note(change: LinkChange): void {
    this.folder.note(stormOf(change))
  }

  /** Writes what waits. */
  flush(): void {
    this.folder.flush()
  }
}
