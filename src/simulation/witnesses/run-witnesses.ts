import type { SupervisorEvent } from "../../../actors/runtime/supervisor.ts"
import type { ProcessClock } from "../process-clock.ts"
import type { Surroundings } from "../process-run.ts"
import { bounds, feedNames, silenceMs } from "../world/scale.ts"
import type { SimFront } from "../world/sim-front.ts"
import { GapWitness } from "./gap-witness.ts"
import { RestartWitness } from "./restart-witness.ts"
import { SessionWitness } from "./session-witness.ts"
import { SilenceWitness } from "./silence-witness.ts"

/** Running children of the tree, as reported by the supervisors. */
export class AliveChildren {
  publisher = false
  link = false
  integrity = false
  linkSinceMs = 0

  note({ type, child, atMs }: SupervisorEvent): void {
    if (type === "started" || type === "ended") {
      if (child === "publisher") this.publisher = this.integrity = type === "started"
      if (child === "nats-link") {
        this.link = type === "started"
        this.linkSinceMs = atMs
      }
    }
    // A stop of the publisher may close the integrity, and later silence is not a gap any more.
    if (child === "publisher" && type === "stopping") this.integrity = false
  }
}

/** The witnesses of one run of the daemon. */
export const makeRunWitnesses = (options: {
  readonly around: Surroundings
  readonly time: ProcessClock
  readonly startMs: number
  readonly alive: AliveChildren
  readonly complain: (sentence: string) => void
  /** Since when this run has the writer's epoch of the stream, milliseconds. Without it a run reports nothing. */
  readonly heldSinceMs: () => number | undefined
  readonly fronts: () => ReadonlyArray<SimFront>
  /** The feed is held back on purpose. */
  readonly isHeld: (feed: number) => boolean
}) => {
  const { around, time, alive, complain } = options
  const { trace } = around
  const isReportingNow = (atMs: number) => {
    const heldMs = options.heldSinceMs()
    return alive.link && alive.integrity && heldMs !== undefined && atMs - Math.max(alive.linkSinceMs, heldMs) > 1000
  }
  const restarts = new RestartWitness(complain)
  const sessions = feedNames.map((feed) => new SessionWitness(feed, bounds, complain))
  const gaps: GapWitness = new GapWitness({
    feeds: feedNames,
    startMs: options.startMs,
    complain,
    onGap: (feed, gap) => {
      trace.note("gap", JSON.stringify(gap))
      silence.noteGap(feed, gap, time.nowMs)
    },
    onCover: (gap) => trace.note("gap", JSON.stringify(gap)),
    isTaken: around.isGapTaken,
    onEarlier: around.onEarlierGap,
    isReportingNow
  })
  const silence: SilenceWitness = new SilenceWitness({
    hours: around.hours.market,
    silenceMs,
    fronts: options.fronts,
    isHeld: options.isHeld,
    sessions,
    gaps,
    isReportingNow,
    complain
  })
  return { restarts, sessions, gaps, silence }
}
