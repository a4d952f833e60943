import { Effect, Option, Result, Schema } from "effect"
import { readHistory } from "../platform/nats/event-history.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import { eventStreamName } from "../protocol/control/stream-names.ts"
import { actorEventSubject, EventMessage, eventSubjects, supervisorEventSubject } from "../protocol/market/event.ts"
import { openQuestion } from "./ask/state-query.ts"
import { type HistoryQuery, type HistoryReply, sinceMs } from "./history.ts"

/** More than anybody reads; what is left out is told. */
const mostEvents = 10_000

const filterOf = (actor: string): string => {
  if (actor === "all") return eventSubjects
  if (actor === "supervisor") return "md.event.supervisor.>"
  return actor.includes("/") ? supervisorEventSubject(actor) : actorEventSubject(actor)
}

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(EventMessage))

/** `tickd history`: reads the stream itself, so it tells of daemons that are gone too. */
export const askHistory = (query: HistoryQuery): Effect.Effect<HistoryReply, unknown> =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* openQuestion(query.server)
      const instance = Option.getOrUndefined(query.instance)
      const { texts, leftOut } = yield* readHistory(connection, {
        stream: eventStreamName,
        all: eventSubjects,
        filter: filterOf(query.actor),
        sinceMs: Option.getOrUndefined(Option.map(query.since, (since) => sinceMs(since, Date.now()))),
        most: mostEvents,
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
  )
