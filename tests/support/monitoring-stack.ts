import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Effect, Layer } from "effect"
import type { MakeProgram } from "../../src/ops/adapters/process/program-spec.ts"
import { alertmanager } from "../../src/ops/adapters/process/programs/alertmanager.ts"
import { prometheus } from "../../src/ops/adapters/process/programs/prometheus.ts"
import { pushgateway } from "../../src/ops/adapters/process/programs/pushgateway.ts"
import { liveSettingsOf } from "../../src/ops/config/live-settings.ts"
import type { LiveSettings } from "../../src/ops/domain/live-settings.ts"
import { RunLog } from "../../src/ops/ports/run-log.ts"
import { eventually, type RunningCommand, startCommand } from "./cli-process.ts"
import { freePort } from "./free-port.ts"

const silentLog = Layer.succeed(RunLog, {
  write: () => Effect.void,
  mark: () => Effect.void,
  follow: () => Effect.void
})

/** What a program of the monitoring is started with. */
export const specOf = (make: MakeProgram, settings: LiveSettings) =>
  Effect.runPromise(make(settings).pipe(Effect.provide(silentLog)))

/** Starts a program as the process host does. It ends with the test. */
const startProgram = async (make: MakeProgram, settings: LiveSettings): Promise<RunningCommand> => {
  const { args, command, debugArgs, environment, files, folders } = await specOf(make, settings)
  for (const folder of folders) mkdirSync(folder, { recursive: true })
  for (const { mode, path, text } of files) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text, { mode })
  }
  return startCommand([...args, ...debugArgs], { program: command, env: environment })
}

const ready = (url: string) =>
  eventually(
    `${url} ready`,
    () =>
      fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false
      ),
    30_000
  )

/** Settings of a run in `folder`, with the three programs on free ports. */
export const monitoringSettings = async (folder: string, more: Readonly<Record<string, string>> = {}) => {
  const variables = {
    PATH: process.env["PATH"] ?? "",
    TICKD_RUN_DIR: join(folder, "run"),
    TICKD_STATE_DIR: join(folder, "state"),
    PUSHGATEWAY_URL: `http://127.0.0.1:${await freePort()}`,
    PROMETHEUS_URL: `http://127.0.0.1:${await freePort()}`,
    ALERTMANAGER_URL: `http://127.0.0.1:${await freePort()}`,
    TICKD_ALERT_RECEIVERS_DIR: join(folder, "receivers"),
    ...more
  }
  return await Effect.runPromise(liveSettingsOf(variables, { logDir: join(folder, "logs"), declared: [] }))
}

export const startPushgateway = async (settings: LiveSettings) => {
  const program = await startProgram(pushgateway, settings)
  await ready(settings.pushgatewayUrl)
  return program
}
export const startPrometheus = async (settings: LiveSettings) => {
  const program = await startProgram(prometheus, settings)
  await ready(settings.prometheusUrl)
  return program
}
export const startAlertmanager = async (settings: LiveSettings) => {
  const program = await startProgram(alertmanager, settings)
  await ready(settings.alertmanagerUrl ?? "")
  return program
}
