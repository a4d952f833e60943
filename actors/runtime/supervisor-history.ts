import type { SupervisorEvent } from "./supervisor-event.ts"

/** One restart, or one supervisor that gave up, with its cause chain and consequence. */
export interface RestartRecord {
  readonly atMs: number
  /** `supervisor/child`. */
  readonly path: string
  readonly how: string
  readonly reason: string
  readonly chain: ReadonlyArray<string>
  readonly lastState: string
  readonly servedMs: number
  readonly restarts: number
  readonly restartsMax: number
  readonly periodMs: number
  readonly next: string
}

const giveUpTexts = {
  intensity: "the restart limit is reached",
  fatal: "no restart fixes it",
  start: "its first start failed"
} as const

/** The consequence of an end, as text. */
const nextOf = (event: Extract<SupervisorEvent, { readonly type: "restarting" | "gaveUp" }>): string =>
  event.type === "restarting"
    ? `${event.next.join(", ")} in ${event.inMs} ms`
    : `${giveUpTexts[event.why]}: the supervisor of ${event.supervisor} decides`

const capacity = 100

/** The newest restarts of the whole tree, bounded. */
export class RestartHistory {
  private readonly records: Array<RestartRecord> = []

  all(): ReadonlyArray<RestartRecord> {
    return [...this.records]
  }

  note(event: SupervisorEvent): void {
    if (event.type !== "restarting" && event.type !== "gaveUp") return
    const { atMs, how, reason, chain, lastState, servedMs, restarts, restartsMax, periodMs } = event
    const path = `${event.supervisor}/${event.child}`
    const next = nextOf(event)
    this.records.push({ atMs, path, how, reason, chain, lastState, servedMs, restarts, restartsMax, periodMs, next })
    if (this.records.length > capacity) this.records.shift()
  }
}
