import type { StalenessView } from "../silence/staleness.ts"
import type { SubscriptionTotals } from "../subscriptions/subscription-table.ts"

/** Time after the last answer; then instruments without a tick are reported, once. */
const patienceMs = 60_000

/**
 * State of a session's subscriptions. `answered`: the front answered for every wanted instrument; `ticking`: every
 * acknowledged one ticks; `waiting`: some do not tick a minute after the answers. `tookMs`: since the login.
 */
export interface Proof {
  readonly shows: "answered" | "ticking" | "waiting"
  readonly wanted: number
  readonly acknowledged: number
  readonly rejected: number
  /** Acknowledged instruments with a tick in this session, or with the snapshot that follows a subscription. */
  readonly ticking: number
  readonly tookMs: number
}

/** Reports once for each session when it is subscribed and when it ticks: after a reconnect nothing is assumed. */
export class SessionProof {
  private loginMs = Number.NaN
  private answeredMs = Number.NaN
  private over = false

  look(nowMs: number, view: StalenessView, totals: SubscriptionTotals): Proof | undefined {
    if (!view.up) {
      this.loginMs = Number.NaN
      return undefined
    }
    if (Number.isNaN(this.loginMs)) {
      this.loginMs = nowMs
      this.answeredMs = Number.NaN
      this.over = false
    }
    const { acknowledged, rejected, wanted } = totals
    if (this.over || wanted === 0) return undefined
    const tell = (shows: Proof["shows"]): Proof => {
      this.over = shows !== "answered"
      return { shows, wanted, acknowledged, rejected, ticking: view.ticking, tookMs: nowMs - this.loginMs }
    }
    if (Number.isNaN(this.answeredMs)) {
      if (acknowledged + rejected < wanted) return undefined
      this.answeredMs = nowMs
      return tell("answered")
    }
    if (view.ticking >= acknowledged && acknowledged > 0) return tell("ticking")
    return nowMs - this.answeredMs >= patienceMs ? tell("waiting") : undefined
  }
}

/** Maximum number of names in the sentence about instruments without a tick. */
const namedMax = 20

/** An acknowledged instrument without a tick. */
export interface Waiting {
  readonly instrumentId: string
  /** Why no exchange is known to use the code, or why every tick is quarantined; undefined: no reason is known. */
  readonly why: string | undefined
}

const waitingWords = (waiting: ReadonlyArray<Waiting>): string => {
  // Instruments with a known reason are first, because an operator can act on them.
  const ordered = [...waiting].sort((a, b) => Number(a.why === undefined) - Number(b.why === undefined))
  const words = ordered
    .slice(0, namedMax)
    .map(({ instrumentId, why }) => (why ? `${instrumentId} (${why})` : instrumentId))
  return `${words.join(", ")}${ordered.length > namedMax ? ` and ${ordered.length - namedMax} more` : ""}`
}

/** The proof as a sentence for the log. */
export const proofSentence = (proof: Proof, waiting: ReadonlyArray<Waiting> = []): string => {
  const { acknowledged, rejected, shows, ticking, tookMs, wanted } = proof
  const after = `${(tookMs / 1000).toFixed(1)} s after the login`
  if (shows === "answered") {
    return `${acknowledged} of ${wanted} instruments acknowledged ${after}, ${rejected} rejected, ${ticking} tick`
  }
  if (shows === "ticking") return `all ${acknowledged} acknowledged instruments tick ${after}`
  return `${ticking} of ${acknowledged} acknowledged instruments have ticked ${after}: the others have not traded yet, or their ticks do not arrive${waiting.length === 0 ? "" : `: ${waitingWords(waiting)}`}`
}
