import type { LiveSettings } from "../../src/ops/domain/live-settings.ts"
import { projectRoot } from "./nats-server.ts"

/** Settings of a run whose programs are elsewhere: an address that is not given leads nowhere. */
export const liveSettings = (more: Partial<LiveSettings> = {}): LiveSettings => ({
  variables: {},
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
  ...more
})
