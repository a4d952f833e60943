import { hostname, userInfo } from "node:os"
import { join } from "node:path"
import { Clock, Console, Effect, Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { DaemonClient } from "../../cli/daemon-client.ts"
import { parseSince, sinceMs } from "../../cli/history.ts"
import { Invocation, present } from "../../cli/invocation.ts"
import { instanceFlag, jsonFlag, serverFlag, shownDefault } from "../../cli/terminal/flags.ts"
import { incidentFolder } from "../../ops/adapters/files/incident-folder.ts"
import { closeIncident, openIncident, reportIncident, reportRange } from "../../ops/application/incident/incidents.ts"
import { type IncidentRecord, isIncidentId, severities } from "../../ops/domain/incident/incident-record.ts"
import type { IncidentReport } from "../../ops/domain/incident/incident-report.ts"
import { markdownOf, yamlOf } from "../../ops/domain/incident/incident-text.ts"
import { cleanText, type Language, languages } from "../../ops/domain/notify/notification.ts"
import { incidentRecordsLayer } from "../../ops/layers/incident/incident-records-layer.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"

const textMost = 1000
const formats = ["yaml", "markdown", "json"] as const

const langFlag = Flag.Literals("lang", languages).pipe(shownDefault("Language of the text", "en"))
const logDirFlag = Flag.String("log-dir").pipe(shownDefault("Folder of the runbooks' logs", "logs/runbooks"))

const timeFlag = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withDescription(description),
    Flag.filterMap(
      (text) => Option.fromUndefinedOr(parseSince(text)),
      () => "a time such as 10m, 21:00:03 or 2026-11-20T21:00:03"
    ),
    Flag.optional
  )

const idArgument = Argument.String("id").pipe(
  Argument.withDescription("Incident, such as INC-20261130-210003"),
  Argument.filter(isIncidentId, () => "an id such as INC-20261130-210003"),
  Argument.optional
)

const operator = () => `${userInfo().username}@${hostname()}`.slice(0, 128)

const storeLayer = Layer.unwrap(
  Effect.map(Invocation, ({ env }) => incidentFolder(join(env["TICKD_STATE_DIR"] ?? ".state", "incidents")))
)

const recordsLayer = (logFolder: string) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { env } = yield* Invocation
      const { operations, status, ticks } = yield* DaemonClient
      const folders = { stateFolder: env["TICKD_STATE_DIR"] ?? ".state", logFolder }
      return incidentRecordsLayer({ operations, ticks, status, folders })
    })
  )

const unusable = (error: { readonly code: string; readonly message: string }) =>
  new UserError({
    code: error.code,
    message: error.message,
    exitCode: error.code === "INCIDENT_NOT_WRITTEN" ? exitCodes.unavailable : exitCodes.badInput
  })

const open = Command.make(
  "open",
  {
    title: Flag.String("title").pipe(
      Flag.withDescription(`What happens, at most ${textMost} characters`),
      Flag.filter(
        (text) => cleanText(text, textMost) !== "",
        () => "a text"
      )
    ),
    severity: Flag.Literals("severity", severities).pipe(shownDefault("How bad it is", "warning")),
    since: timeFlag("since", "When it began: 10m (ago), 21:00:03 (Shanghai) or an ISO time (default: now)"),
    json: jsonFlag
  },
  ({ json, severity, since, title }) =>
    Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis
      const startedMs = Option.match(since, { onNone: () => nowMs, onSome: (at) => sinceMs(at, nowMs) })
      const given = { title: cleanText(title, textMost), severity, opened_by: operator() }
      const record = yield* openIncident(given, startedMs).pipe(Effect.mapError(unusable))
      yield* present(
        json,
        record,
        ({ id, started_at }: IncidentRecord) => `${id} is open, from ${started_at}`,
        ({ id }) => `tickd incident close ${id}`
      )
    })
).pipe(
  Command.provide(() => storeLayer),
  Command.withDescription("Open an incident on this machine: a record in TICKD_STATE_DIR/incidents")
)

const close = Command.make(
  "close",
  {
    id: idArgument.pipe(Argument.withDescription("Incident (default: the only open one)")),
    resolution: Flag.String("resolution").pipe(
      Flag.withDescription("How it was resolved; the outcome that the records show is added"),
      Flag.optional
    ),
    lang: langFlag,
    logDir: logDirFlag,
    json: jsonFlag,
    server: serverFlag,
    instance: instanceFlag
  },
  ({ id, json, lang, logDir, resolution }) =>
    Effect.gen(function* () {
      const text = Option.getOrUndefined(Option.map(resolution, (given) => cleanText(given, textMost)))
      const given = {
        resolution: text === "" ? undefined : text,
        closedBy: operator(),
        language: lang
      }
      const { record } = yield* closeIncident(Option.getOrUndefined(id), given).pipe(
        Effect.provide(recordsLayer(logDir)),
        Effect.mapError(unusable)
      )
      yield* present(
        json,
        record,
        (closed: IncidentRecord) => `${closed.id} is closed, report ${closed.report ?? ""}\n${closed.resolution ?? ""}`,
        (closed) => `tickd incident report ${closed.id}`
      )
    })
).pipe(
  Command.provide((target) => Layer.merge(storeLayer, DaemonClient.layer(target))),
  Command.withDescription("Complete an incident: end, resolution and a report as YAML beside its record")
)

const rendered = (report: IncidentReport, format: (typeof formats)[number], language: Language): string => {
  switch (format) {
    case "yaml":
      return yamlOf(report)
    case "markdown":
      return markdownOf(report, language)
    case "json":
      return JSON.stringify(report)
  }
}

const report = Command.make(
  "report",
  {
    id: idArgument,
    since: timeFlag("since", "Start of the time range: 10m (ago), 21:00:03 (Shanghai) or an ISO time"),
    until: timeFlag("until", "End of the time range (default: now)"),
    format: Flag.Literals("format", formats).pipe(shownDefault("Form of the report", "yaml")),
    lang: langFlag,
    logDir: logDirFlag,
    server: serverFlag,
    instance: instanceFlag
  },
  ({ format, id, lang, logDir, since, until }) =>
    Effect.gen(function* () {
      if (Option.isSome(id) === Option.isSome(since)) {
        return yield* new UserError({
          code: "INCIDENT_RANGE",
          message:
            "Name an incident or a time range: 'tickd incident report ID' or 'tickd incident report --since 1h'.",
          exitCode: exitCodes.wrongUse
        })
      }
      const nowMs = yield* Clock.currentTimeMillis
      const momentOf = (time: typeof since) =>
        Option.match(time, { onNone: () => nowMs, onSome: (at) => sinceMs(at, nowMs) })
      const range = { fromMs: momentOf(since), toMs: momentOf(until) }
      if (range.fromMs > range.toMs) {
        return yield* new UserError({
          code: "INCIDENT_RANGE",
          message: "The time range ends before it begins: change --since or --until.",
          exitCode: exitCodes.wrongUse
        })
      }
      const made = yield* Option.match(id, {
        onNone: () => reportRange(range, lang, operator()),
        onSome: (given) => reportIncident(given, lang)
      }).pipe(Effect.provide(recordsLayer(logDir)), Effect.mapError(unusable))
      yield* Console.log(rendered(made, format, lang))
    })
).pipe(
  Command.provide((target) => Layer.merge(storeLayer, DaemonClient.layer(target))),
  Command.withDescription("Print the incident report of a time range or of an incident; changes nothing")
)

/** `tickd incident`: incident records and reports, docs/operations/incident.md. */
export const command = Command.make("incident").pipe(
  Command.withDescription("Incident reports from what the system recorded"),
  Command.withSubcommands([open, close, report])
)
