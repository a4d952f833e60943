import { shanghaiIso } from "../../src/kernel/time/shanghai-time.ts"
import type { Registry } from "./registry.ts"

/** What a status of any role shows of its machines and its tree, in the form in which it is sent. */
export const registryReport = (registry: Registry) => ({
  /** Restarts of all children since the start of the daemon. */
  restarts: registry.restarts(),
  machines: registry.actors().map((actor) => ({
    actor: actor.actor,
    state: actor.state,
    since: shanghaiIso(actor.sinceMs),
    last_event: actor.lastEvent,
    transitions: actor.transitions
  })),
  tree: registry.children().map((child) => ({
    path: child.path,
    state: child.state,
    since: shanghaiIso(child.sinceMs),
    restarts: child.restarts,
    last_reason: child.lastReason ?? null
  })),
  restart_history: registry.restartHistory().map((record) => ({
    at: shanghaiIso(record.atMs),
    path: record.path,
    how: record.how,
    reason: record.reason,
    chain: record.chain,
    last_state: record.lastState,
    served_ms: record.servedMs,
    restarts: record.restarts,
    restarts_max: record.restartsMax,
    period_ms: record.periodMs,
    next: record.next
  }))
})
