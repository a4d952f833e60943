import type { SupervisorEvent } from "../../../actors/runtime/supervisor.ts"

// The supervisor's promises, implemented a second time without shared code.

/** Limits of the tree: `actors/runtime/tree.ts`. */
const restartsMax = 10
const periodMs = 60_000
const baseMs = 200
const capMs = 30_000
const healthyAfterMs = 30_000
/** Jitter removes at most a fifth; a millisecond is for rounding. */
const leastShare = 0.8

interface ChildHistory {
  startedMs: number
  failures: number
}

/** Checks restarts: never more in a period than the limit without giving up, never a pause shorter than the backoff. */
export class RestartWitness {
  checks = 0
  restarts = 0
  gaveUp = 0
  private readonly complain: (sentence: string) => void
  private readonly recent = new Map<string, Array<number>>()
  private readonly children = new Map<string, ChildHistory>()

  constructor(complain: (sentence: string) => void) {
    this.complain = complain
  }

  note(event: SupervisorEvent): void {
    const path = `${event.supervisor}/${event.child}`
    const child = this.children.get(path) ?? { startedMs: event.atMs, failures: 0 }
    this.children.set(path, child)
    switch (event.type) {
      case "started":
        child.startedMs = event.atMs
        return this.forget(event.child)
      case "restarting":
        return this.restarting(event, path, child)
      case "gaveUp":
        this.gaveUp++
        return
      default:
        return undefined
    }
  }

  /** A supervisor that restarts, including that of a cold feed behind its gate, has forgotten its children's past. */
  forget(supervisor: string): void {
    for (const [name] of this.children) if (name.startsWith(`${supervisor}/`)) this.children.delete(name)
    this.recent.delete(supervisor)
  }

  private restarting(event: SupervisorEvent & { readonly inMs: number }, path: string, child: ChildHistory): void {
    this.restarts++
    const recent = (this.recent.get(event.supervisor) ?? []).filter((atMs) => event.atMs - atMs <= periodMs)
    recent.push(event.atMs)
    this.recent.set(event.supervisor, recent)
    this.checks += 2
    if (recent.length > restartsMax) {
      this.complain(
        `${event.supervisor} restarted children ${recent.length} times within ${periodMs} ms and did not give up`
      )
    }
    child.failures = event.atMs - child.startedMs >= healthyAfterMs ? 1 : child.failures + 1
    const leastMs = leastShare * Math.min(capMs, baseMs * 2 ** (child.failures - 1)) - 1
    if (event.inMs < leastMs) {
      this.complain(
        `${path} restarts in ${event.inMs} ms after ${child.failures} failures in a row: at least ${leastMs} ms were due`
      )
    }
  }
}
