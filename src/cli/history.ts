import { Console, Effect, Option, Result, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { dayMs, shanghaiDay, shanghaiMidnightMs } from "../kernel/time/shanghai-time.ts"
import { readHistory } from "../platform/nats/event-history.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import { eventStreamName } from "../protocol/control/stream-names.ts"
import { actorEventSubject, EventMessage, eventSubjects, supervisorEventSubject } from "../protocol/market/event.ts"
import { DaemonClient } from "./daemon-client.ts"
import { Invocation } from "./invocation.ts"
import { eventName } from "./terminal/event-name.ts"
import { instanceFlag, jsonFlag, parseDurationMs, serverFlag } from "./terminal/flags.ts"
import { folded, timeOf } from "./terminal/layout.ts"
import { noTerminal, type Screen } from "./terminal/screen.ts"

/** A time as it was written: so long ago, at this time of the day in Shanghai, or at this moment. Milliseconds. */
export type Since =
  | { readonly type: "ago"; readonly ms: number }
  | { readonly type: "clock"; readonly msOfDay: number }
  | { readonly type: "at"; readonly epochMs: number }

/**
 * `10m`, `21:00:03`, `21:00`, `2026-11-20T21:00:03` (Shanghai) or the same with a zone; undefined when it is none of
 * these.
 */
export const parseSince = (text: string): Since | undefined => {
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,3}))?)?$/.exec(text)
  if (clock !== null) {
    const [, hour, minute, second = "0", milli = "0"] = clock
    return {
      type: "clock",
      msOfDay: ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 + Number(milli.padEnd(3, "0"))
    }
  }
  if (/^\d{4}-\d{2}-\d{2}([T ][\d:.]+)?(Z|[+-]\d{2}:?\d{2})?$/.test(text)) {
    const [date = "", rest = "00:00:00"] = text.split(/[T ]/)
    const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(rest)
    const epochMs = Date.parse(`${date}T${rest}${zoned ? "" : "+08:00"}`)
    return Number.isNaN(epochMs) ? undefined : { type: "at", epochMs }
  }
  const ms = parseDurationMs(text)
  return ms === undefined ? undefined : { type: "ago", ms }
}

/** The moment that is meant. A time of the day is the last one that has been: at 20:00, 21:00 is yesterday's. */
export const sinceMs = (since: Since, nowMs: number): number => {
  switch (since.type) {
    case "ago":
      return nowMs - since.ms
    case "at":
      return since.epochMs
    case "clock": {
      const midnightMs = shanghaiMidnightMs(shanghaiDay(nowMs))
      const todayMs = midnightMs + since.msOfDay
      return todayMs <= nowMs ? todayMs : todayMs - dayMs
    }
  }
}

const contextText = (event: Extract<EventMessage, { kind: "transition" }>): string => {
  const { lastError, troubles } = event.context
  return [
    typeof lastError === "string" ? `last error: ${lastError}` : "",
    Array.isArray(troubles) && troubles.length > 0 ? troubles.join(", ") : ""
  ]
    .filter((text) => text !== "")
    .join("  ")
}

const bodyOf = (event: EventMessage): string => {
  switch (event.kind) {
    case "transition": {
      const step =
        event.from === ""
          ? `starts in ${event.to}`
          : event.from === event.to
            ? `stays ${event.to}`
            : `${event.from} → ${event.to}`
      const folded =
        event.folded === undefined ? "" : `  (and ${event.folded} ${event.folded === 1 ? "step" : "steps"} before it)`
      return `${event.actor}  ${step}  on ${eventName(event.event)}${folded}  ${contextText(event)}`.trimEnd()
    }
    case "supervisor": {
      const pause = typeof event.detail["inMs"] === "number" ? ` in ${event.detail["inMs"]} ms` : ""
      return `${event.path}  ${event.type}${pause}  restarts ${event.restarts}${event.reason === null ? "" : `  ${event.reason}`}`
    }
    case "audit": {
      const { by, code, message, reason, request, result, verb } = event.entry
      const what = Object.values(request)
        .filter((value) => typeof value === "string")
        .join(" ")
      return [
        `${verb} ${result}`,
        what,
        `by ${by.user} on ${by.host} (${by.client})`,
        `reason: ${reason}`,
        `${message}${code === null ? "" : ` [${code}]`}`
      ]
        .filter((part) => part !== "")
        .join("  ")
    }
    case "switch": {
      const { cause, from, gap_ms, kind, latency_ms, result, to, why } = event.record
      const took = latency_ms === null ? "" : `  in ${latency_ms} ms`
      const gap = gap_ms === null ? "" : `  gap ${gap_ms} ms`
      return `${kind} ${from} → ${to}  ${result}  cause ${cause}${took}${gap}${why === null ? "" : `  ${why}`}`
    }
    case "runbook": {
      const why = event.why === "" ? "" : `  ${event.why}`
      return `runbook ${event.command} ${event.end}  exit code ${event.exit_code}  by ${event.by}  in ${event.seconds} s${why}`
    }
    case "gap":
      return `${event.count} events are missing here, from ${event.from} to ${event.to}: NATS was away for longer than they could be kept`
  }
}

/** One event on one line. `several`: name the daemon too. */
export const renderEvent = (event: EventMessage, several: boolean, screen: Screen = noTerminal): string =>
  folded(`${timeOf(event.at)}  ${several ? `${event.instance}  ` : ""}${bodyOf(event)}`, screen, 4)

/** Events that are printed at most; the number of those left out is printed too. */
const eventsMax = 10_000

const filterOf = (actor: string): string => {
  if (actor === "all") return eventSubjects
  if (actor === "supervisor") return "md.event.supervisor.>"
  return actor.includes("/") ? supervisorEventSubject(actor) : actorEventSubject(actor)
}

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(EventMessage))

/** Reads the stream itself, so that daemons which are gone are shown too. */
const readEvents = Effect.fnUntraced(function* (query: {
  readonly actor: string
  readonly since: Option.Option<Since>
  readonly instance: Option.Option<string>
}) {
  const client = yield* DaemonClient
  const instance = Option.getOrUndefined(query.instance)
  const { texts, leftOut } = yield* readHistory(yield* client.operations, {
    stream: eventStreamName,
    all: eventSubjects,
    filter: filterOf(query.actor),
    sinceMs: Option.getOrUndefined(Option.map(query.since, (since) => sinceMs(since, Date.now()))),
    most: eventsMax,
    keep: (text) => instance === undefined || text.includes(`"instance":${JSON.stringify(instance)}`)
  }).pipe(
    Effect.mapError(({ code, message }) =>
      code === "NOTHING_STORED"
        ? new UserError({ code: "UNKNOWN_ACTOR", message, exitCode: exitCodes.badInput })
        : new UserError({ code, message, exitCode: exitCodes.unavailable })
    )
  )
  const events = texts.flatMap((text) => {
    const event = decode(text)
    return Result.isSuccess(event) ? [event.success] : []
  })
  return { events, leftOut, instances: new Set(events.map((event) => event.instance)).size }
})

/** `tickd history`: what a machine did. */
export const command = Command.make(
  "history",
  {
    actor: Argument.String("actor").pipe(
      Argument.withDescription(
        "Machine (session-primary), child of the tree (front-primary/feed-worker), supervisor (every restart), audit (every command), switch (every switch of the feed), or all"
      )
    ),
    since: Flag.String("since").pipe(
      Flag.withDescription(
        "Start of the time range: 10m (ago), 21:00:03 (Shanghai, the last one that has passed) or an ISO time (default: all)"
      ),
      Flag.filterMap(
        (text) => Option.fromUndefinedOr(parseSince(text)),
        () => "a time such as 10m, 21:00:03 or 2026-11-20T21:00:03"
      ),
      Flag.optional
    ),
    json: jsonFlag.pipe(Flag.withDescription("Print the stored events as they are, one per line")),
    server: serverFlag,
    instance: instanceFlag.pipe(Flag.withDescription("Only events of this daemon (default: of every daemon)"))
  },
  ({ json, ...query }) =>
    Effect.gen(function* () {
      const { screen } = yield* Invocation
      const { events, instances, leftOut } = yield* readEvents(query)
      if (leftOut > 0) yield* Console.error(`tickd: ${leftOut} earlier events are left out, narrow it with --since`)
      for (const event of events)
        yield* Console.log(json ? JSON.stringify(event) : renderEvent(event, instances > 1, screen))
      if (events.length === 0 && !json) yield* Console.error("tickd: no event in that time")
    })
).pipe(
  Command.provide((target) => DaemonClient.layer(target)),
  Command.withDescription("Show what a machine did and when: events of the last 8 days, from their stream")
)
