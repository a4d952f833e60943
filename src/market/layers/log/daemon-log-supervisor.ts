import type { SupervisorEvent } from "../../../../actors/runtime/supervisor.ts"

interface Line {
  readonly level: "DEBUG" | "INFO" | "WARNING" | "ERROR"
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>> & { readonly event: string }
}

type Restarting = Extract<SupervisorEvent, { readonly type: "restarting" | "gaveUp" }>

/** The cause chain, as fields. */
const causeFields = (event: Restarting) => ({
  how: event.how,
  reason: event.reason,
  last_state: event.lastState,
  served_ms: event.servedMs,
  restarts: event.restarts,
  restarts_max: event.restartsMax,
  period_ms: event.periodMs,
  ...(event.chain.length === 0 ? {} : { chain: event.chain })
})

/** What the log says of an event of a supervisor. */
export const supervisorLine = (event: SupervisorEvent): Line | undefined => {
  const child = `${event.supervisor}/${event.child}`
  const line = (level: Line["level"], name: string, message: string, more: object = {}): Line => ({
    level,
    message,
    fields: { event: name, child, ...more }
  })
  switch (event.type) {
    case "started":
      return line("DEBUG", "child_started", `${child} starts`)
    case "ready":
      return line("INFO", "child_ready", `${child} serves`)
    case "stopping":
      return line("DEBUG", "child_stopping", `${child} is stopped`)
    case "ended":
      return event.how === "interrupted"
        ? line("INFO", "child_stopped", `${child} stopped`)
        : line("ERROR", "child_ended", `${child} ${event.how}: ${event.reason}`, { how: event.how })
    case "restarting":
      return line(
        "WARNING",
        "child_restarting",
        `${child} ${event.how} while ${event.lastState}: ${event.reason}; restart ${event.restarts} of ${event.restartsMax} in ${event.periodMs / 1000} s, ${event.next.join(", ")} in ${event.inMs} ms`,
        { ...causeFields(event), in_ms: event.inMs, next: event.next }
      )
    case "abandoned":
      return line("ERROR", "child_abandoned", `${child} did not stop within ${event.afterMs} ms and is left behind`)
    case "endedLate":
      return line("WARNING", "child_ended_late", `${child}, left behind before, ended: ${event.reason}`, {
        how: event.how
      })
    case "removed":
      return line("DEBUG", "child_removed", `${child} is forgotten`)
    case "shutDown":
      return line("INFO", "supervisor_shut_down", `${event.supervisor} ends, since ${event.child} has ended`)
    case "gaveUp":
      return line("ERROR", "supervisor_gave_up", `${event.supervisor} gives up on ${event.child}: ${event.reason}`, {
        ...causeFields(event),
        why: event.why
      })
  }
}
