import { switchMessage, switchSentence } from "../control/failover-words.ts"
import type { DaemonEvent, SessionNews } from "../events/daemon-events.ts"
import type { DaemonLog } from "./daemon-log.ts"
import { spoolLine } from "./daemon-log-spool.ts"
import { supervisorLine } from "./daemon-log-supervisor.ts"
import type { ExceptionNews } from "./exception-log.ts"
import { makeFrontLines } from "./front-lines.ts"
import { makeHostClockLog } from "./host-clock-log.ts"
import type { OverflowNews } from "./overflow-log.ts"
import { makePublisherLines } from "./publisher-lines.ts"

type Write = Pick<DaemonLog, "write">

const session = (log: Write, { feed, from, lastError, state, trigger }: SessionNews) => {
  const level = state === "rejected" ? "ERROR" : state === "backingOff" ? "WARNING" : "INFO"
  log.write(level, `session ${from === "" ? "starts" : from} → ${state}`, {
    event: "session_state",
    feed,
    state,
    trigger,
    ...(lastError === undefined ? {} : { last_error: lastError })
  })
}

/** A step of the line threw, which is a bug: the tick is set aside and the line goes on. */
const exception = (log: Write, { feed, place, instrument, name, message, stack, count }: ExceptionNews) => {
  const of = instrument === "" ? "" : ` at ${instrument}`
  log.write("ERROR", `${name}${of} in step ${place}: ${message} (a bug: report it with this line)`, {
    event: "exception",
    feed,
    place,
    instrument: instrument === "" ? null : instrument,
    error: name,
    count,
    stack
  })
}

const ticksGivenUp = (log: Write, { feed, policy, ring, overflow, conflated, oldestMs }: OverflowNews) => {
  const lost = ring + overflow + conflated
  log.write(
    "WARNING",
    `${lost} ticks given up (${policy}), the oldest in the queue is ${Math.round(oldestMs)} ms old`,
    {
      event: "ticks_given_up",
      feed,
      policy,
      count: lost,
      ring,
      overflow,
      conflated,
      oldest_ms: Math.round(oldestMs)
    }
  )
}

/** Writes the log's line about each event of the bus. Events that are no line are left out here, and nowhere else. */
export const makeEventLines = (
  log: Pick<DaemonLog, "write" | "flushWith">,
  /** Ticks of `feed` lie outside the trading calendar. */
  beyondCalendar: (feed: string) => void
): ((event: DaemonEvent) => void) => {
  const fronts = makeFrontLines(log)
  const publisher = makePublisherLines(log)
  const hostClock = makeHostClockLog(log)
  log.flushWith(fronts.flush)
  return (event) => {
    switch (event.type) {
      case "front":
        return fronts.note(event.feed, event.event)
      case "publisher":
        return publisher(event.event)
      case "session":
        return session(log, event)
      case "exception":
        return exception(log, event)
      case "ticksGivenUp":
        return ticksGivenUp(log, event)
      case "hostClock":
        return hostClock(event.feed, event.offsetMs)
      case "beyondCalendar":
        return beyondCalendar(event.feed)
      case "quarantined":
        return log.write("WARNING", `${event.count} ticks quarantined, the last of ${event.instrument}`, {
          event: "tick_quarantined",
          feed: event.feed,
          reason: event.reason
        })
      case "spool": {
        const { fields, level, message } = spoolLine(event.event)
        return log.write(level, message, fields)
      }
      case "supervisor": {
        const line = supervisorLine(event.event)
        return line === undefined ? undefined : log.write(line.level, line.message, line.fields)
      }
      case "switched": {
        const { record } = event
        return log.write(record.result === "rolled_back" ? "ERROR" : "INFO", switchSentence(record), {
          event: record.result === "committed" ? "market_data_failover_completed" : "market_data_failover_failed",
          ...switchMessage(record)
        })
      }
      case "workerLine":
        return log.write(event.folded > 1 ? "WARNING" : "INFO", event.line, {
          event: "worker_line",
          feed: event.feed,
          count: event.folded
        })
      case "passwordNotRead":
        return log.write("WARNING", `${event.sentence} The login goes on with the password that was read before.`, {
          event: "password_not_read",
          feed: event.feed
        })
      case "sideStreamDiffers":
        return log.write("WARNING", event.message, {
          event: "stream_differs",
          stream: event.stream,
          code: "STREAM_MISMATCH"
        })
      case "stall":
        return log.write("WARNING", `the event loop stood still for ${Math.round(event.stallMs)} ms`, {
          event: "event_loop_stall"
        })
      // The wait board writes these sentences, at once and then once a minute.
      case "workerFailed":
      case "sideStream":
        return
      // A gap record says it.
      case "previousRun":
        return
    }
  }
}
