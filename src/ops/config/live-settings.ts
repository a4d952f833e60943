import { hostname } from "node:os"
import { join, resolve } from "node:path"
import { Effect, Schema, SchemaIssue } from "effect"
import { projectRoot } from "../../platform/process/project.ts"
import { UserError } from "../../platform/process/user-error.ts"
import { runbookExits } from "../domain/exit-codes.ts"
import type { DeclaredVariable, LiveSettings, RuntimeSettings } from "../domain/live-settings.ts"
import type { ManagedParts } from "../domain/plan.ts"
import { runtimeNames } from "../domain/runtime-words.ts"
import { LiveEnvironment } from "./live-variables.ts"

type Variables = Readonly<Record<string, string | undefined>>

const problemsOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** The text of a variable; an empty one counts as not set. */
const textOf = (variables: Variables, name: string): string | undefined => {
  const text = variables[name]?.trim() ?? ""
  return text === "" ? undefined : text
}

const allowedOf = (name: string): string => {
  if (name.startsWith("MANAGE_")) return "0 or 1"
  if (name === "TICKD_RUNTIME") return `one of ${runtimeNames.join(", ")}`
  if (name.startsWith("TICKD_UNIT_")) return "a unit such as tickd.service"
  if (name === "TICKD_COMPOSE_PROJECT") return "lower-case letters, digits, - and _"
  return "an address such as http://127.0.0.1:9090"
}

/** Every fault at once. */
const decode = (variables: Variables) => {
  const given = Object.fromEntries(
    Object.keys(LiveEnvironment.fields).flatMap((name) => {
      const text = textOf(variables, name)
      return text === undefined ? [] : [[name, text]]
    })
  )
  return Schema.decodeUnknownEffect(LiveEnvironment, { errors: "all" })(given).pipe(
    Effect.mapError(
      ({ issue }) =>
        new UserError({
          code: "LIVE_CONFIG",
          exitCode: runbookExits.configuration.code,
          message: problemsOf(issue)
            .issues.map(({ message, path }) => {
              const name = String(path?.[0] ?? "environment")
              return `${name} is ${JSON.stringify(given[name])}: ${message.charAt(0).toLowerCase()}${message.slice(1)}; set ${allowedOf(name)}.`
            })
            .join("\n  ")
        })
    )
  )
}

/** The parts that the runbooks start and stop. The console is left out unless it is asked for. */
export const managedPartsOf = (variables: Variables): Effect.Effect<ManagedParts, UserError> =>
  Effect.map(decode(variables), (set) => ({
    nats: set.MANAGE_NATS !== "0",
    monitoring: set.MANAGE_MONITORING !== "0",
    console: set.MANAGE_OPS_API === "1"
  }))

/** The address by which this machine reaches a program that listens on `host`. */
const reachable = (host: string): string => {
  if (host === "0.0.0.0" || host === "") return "127.0.0.1"
  if (host === "::") return "[::1]"
  return host.includes(":") ? `[${host}]` : host
}

const runtimesOf = (own: typeof LiveEnvironment.Type): RuntimeSettings => ({
  wanted: own.TICKD_RUNTIME,
  units: {
    nats: own.TICKD_UNIT_NATS ?? "tickd-nats.service",
    tickd: own.TICKD_UNIT_TICKD ?? "tickd.service",
    pushgateway: own.TICKD_UNIT_PUSHGATEWAY ?? "tickd-pushgateway.service",
    prometheus: own.TICKD_UNIT_PROMETHEUS ?? "tickd-prometheus.service",
    alertmanager: own.TICKD_UNIT_ALERTMANAGER ?? "tickd-alertmanager.service"
  },
  compose: {
    project: own.TICKD_COMPOSE_PROJECT ?? "tickd",
    file: resolve(own.TICKD_COMPOSE_FILE ?? join(projectRoot, "docker-compose.yml")),
    isConfigured: own.TICKD_COMPOSE_PROJECT !== undefined || own.TICKD_COMPOSE_FILE !== undefined
  }
})

const withoutSlash = (address: string): string => address.replace(/\/+$/, "")

/**
 * The settings of a run, from the effective variables. Those of the daemon have its own defaults and are checked by
 * the stage `validate`, so that all of their faults are in one list. Fails with the faults of the runbooks' own.
 */
export const liveSettingsOf = Effect.fnUntraced(function* (
  variables: Variables,
  { declared, logDir }: { readonly declared: ReadonlyArray<DeclaredVariable>; readonly logDir: string }
): Effect.fn.Return<LiveSettings, UserError> {
  const own = yield* decode(variables)
  const text = (name: string, preset: string) => textOf(variables, name) ?? preset
  const metrics = `${reachable(text("INGEST_METRICS_HOST", "127.0.0.1"))}:${text("INGEST_METRICS_PORT", "9100")}`
  return {
    variables,
    declared,
    managed: yield* managedPartsOf(variables),
    runDir: resolve(own.TICKD_RUN_DIR ?? "run"),
    logDir: resolve(logDir),
    projectDir: projectRoot,
    instance: text("TICKD_INSTANCE", hostname().replace(/[^A-Za-z0-9_-]/g, "-")),
    stateDir: resolve(text("TICKD_STATE_DIR", ".state")),
    natsUrl: text("NATS_URL", `nats://127.0.0.1:${text("NATS_PORT", "4222")}`),
    telemetryUrl: `http://${metrics}`,
    pushgatewayUrl: withoutSlash(text("PUSHGATEWAY_URL", "http://127.0.0.1:9091")),
    prometheusUrl: withoutSlash(own.PROMETHEUS_URL ?? "http://127.0.0.1:9090"),
    // Of this variable alone an empty text says something: no alert is sent.
    alertmanagerUrl:
      variables["ALERTMANAGER_URL"]?.trim() === ""
        ? undefined
        : withoutSlash(own.ALERTMANAGER_URL ?? "http://127.0.0.1:9093"),
    receiversDir: resolve(own.TICKD_ALERT_RECEIVERS_DIR ?? "/etc/tickd/alertmanager"),
    runtimes: runtimesOf(own)
  }
})
