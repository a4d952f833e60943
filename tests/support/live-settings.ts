import type { LiveRequest } from "../../src/ops/domain/live-flags.ts"
import type { LiveSettings } from "../../src/ops/domain/live-settings.ts"
import type { RunbookCommand } from "../../src/ops/domain/runbook-words.ts"
import { projectRoot } from "./nats-server.ts"

/** Settings of a run whose programs are elsewhere: an address that is not given leads nowhere. */
export const liveSettings = (more: Partial<LiveSettings> = {}): LiveSettings => ({
  variables: {},
  declared: [],
  managed: { nats: true, monitoring: true, console: false },
  runDir: "/nonexistent/run",
  logDir: "/nonexistent/logs",
  projectDir: projectRoot,
  instance: "acceptance",
  stateDir: "/nonexistent/state",
  natsUrl: "nats://127.0.0.1:9",
  telemetryUrl: "http://127.0.0.1:9",
  pushgatewayUrl: "http://127.0.0.1:9",
  prometheusUrl: "http://127.0.0.1:9",
  alertmanagerUrl: "http://127.0.0.1:9",
  receiversDir: "/nonexistent/receivers",
  runtimes: {
    wanted: undefined,
    units: {
      nats: "tickd-nats.service",
      tickd: "tickd.service",
      pushgateway: "tickd-pushgateway.service",
      prometheus: "tickd-prometheus.service",
      alertmanager: "tickd-alertmanager.service"
    },
    compose: { project: "tickd", file: `${projectRoot}/docker-compose.yml`, isConfigured: false }
  },
  ...more
})

/** Settings of a run whose folders are all below `folder`, with two logins. */
export const liveSettingsIn = (folder: string, more: Partial<LiveSettings> = {}): LiveSettings =>
  liveSettings({
    variables: { CTP_PRIMARY_USER_ID: "primary01", CTP_BACKUP_USER_ID: "backup02" },
    runDir: `${folder}/run`,
    logDir: `${folder}/logs`,
    stateDir: `${folder}/state`,
    ...more
  })

/** What a command asks for without any other flag. */
export const liveRequest = (command: RunbookCommand, more: Partial<LiveRequest> = {}): LiveRequest => ({
  command,
  window: "day",
  profile: "live",
  config: command === "failover" ? "backup" : "primary",
  logDir: "logs/runbooks",
  envFile: undefined,
  skipLive: false,
  mock: false,
  debug: false,
  force: false,
  reason: undefined,
  ...more
})
