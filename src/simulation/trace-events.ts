import type { Registry } from "../../actors/runtime/registry.ts"
import type { SupervisorEvent } from "../../actors/runtime/supervisor.ts"
import { switchSentence } from "../market/layers/control/failover-words.ts"
import type { EventBus } from "../market/layers/events/daemon-events.ts"
import type { SessionCrashes } from "./faults/session-crashes.ts"
import type { FoundSpool } from "./process-run.ts"
import type { Trace } from "./trace.ts"
import type { AliveChildren, makeRunWitnesses } from "./witnesses/run-witnesses.ts"
import { feedNames } from "./world/scale.ts"

/** What a run has reported, for witnesses and faults. */
export class RunReports {
  found: FoundSpool = { ticks: 0, cutBytes: 0 }
  /** Confirmed ticks that the publisher reported as lost. */
  storeLost = 0
  /** Since when this process has the epoch of the stream's writer, milliseconds; undefined: it never had it. */
  heldSinceMs: number | undefined
  /** It has lost that epoch. Before the publisher is built it has none to lose. */
  isFenced = (): boolean => false
}

/**
 * The trace and the witnesses have the place of the log in `tickd run`: they receive every event of the bus first.
 */
export const traceEvents = (options: {
  readonly events: EventBus
  readonly registry: Registry
  readonly trace: Trace
  readonly alive: AliveChildren
  readonly witnesses: Pick<ReturnType<typeof makeRunWitnesses>, "sessions" | "silence" | "restarts">
  readonly crashes: SessionCrashes
  readonly reports: RunReports
  readonly nowMs: () => number
}): void => {
  const { alive, crashes, events, nowMs, registry, reports, trace } = options
  const { restarts, sessions, silence } = options.witnesses
  registry.onChange((change) => {
    if (change.type !== "transition") return
    const { actor } = change
    trace.note("machine", `${actor.actor} ${change.from} -> ${actor.state} (${actor.lastEvent})`)
    const at = feedNames.findIndex((feed) => actor.actor === `session-${feed}`)
    if (at < 0) return
    crashes.noteState(feedNames[at] as string, actor.state)
    sessions[at]?.note(change)
    silence.noteTroubles(at, actor.context["troubles"] as ReadonlyArray<string>, nowMs())
  })
  const supervisor = (event: SupervisorEvent) => {
    const { atMs: _atMs, supervisor, child, ...rest } = event
    trace.note("tree", `${supervisor}/${child} ${JSON.stringify(rest)}`)
    alive.note(event)
    if (child === "session" && event.type === "ended") {
      sessions[feedNames.findIndex((feed) => supervisor === `front-${feed}`)]?.ended()
    }
    restarts.note(event)
  }
  events.subscribe("log", (event) => {
    switch (event.type) {
      case "supervisor":
        return supervisor(event.event)
      case "publisher": {
        const { event: news } = event
        trace.note("broker", "message" in news ? `${news.type} ${news.message}` : news.type)
        if (news.type === "storeLost") reports.storeLost += news.acknowledgedGone
        if (news.type === "epochTaken" || news.type === "takenBack") reports.heldSinceMs = nowMs()
        return
      }
      case "spool":
        trace.note("spool", JSON.stringify(event.event))
        if (event.event.type === "recovered") reports.found = event.event
        return
      case "sideStream":
        if (event.trouble !== undefined) trace.note("integrity", `${event.stream} refuses: ${event.trouble.code}`)
        return
      case "quarantined":
        return trace.note("quarantine", `${event.feed} ${event.count} ${event.reason}`)
      case "exception":
        return trace.note("exception", `${event.feed} ${event.name}: ${event.message}`)
      case "switched": {
        const { record } = event
        return trace.note("failover", `${record.result === "rolled_back" ? "ERROR" : "INFO"} ${switchSentence(record)}`)
      }
      default:
        return
    }
  })
}
