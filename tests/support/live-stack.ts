import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Context, Effect, Exit, Layer, Scope } from "effect"
import { variables } from "../../src/app/env/variables.ts"
import { processHost } from "../../src/ops/adapters/process/process-host.ts"
import { liveSettingsOf } from "../../src/ops/config/live-settings.ts"
import { ProgramHost } from "../../src/ops/ports/program-host.ts"
import { RunLog } from "../../src/ops/ports/run-log.ts"
import { daemonEnvironment } from "./cli-daemon.ts"
import { freePort } from "./free-port.ts"
import { natsBinary } from "./nats-server.ts"

/** A machine for runbooks: a folder of its own, free ports, and the variables of a daemon on one front. */
export const makeLiveMachine = async (front: string) => {
  const folder = mkdtempSync(join(tmpdir(), "tickd-live-"))
  const [natsPort, httpPort] = [await freePort(), await freePort()]
  const lines: Array<string> = []
  const line = (level: string, message: string) => Effect.sync(() => void lines.push(`${level} ${message}`))
  const log = Layer.succeed(RunLog, { write: line, mark: line, follow: () => Effect.void })
  const set: Readonly<Record<string, string>> = {
    PATH: process.env["PATH"] ?? "",
    NATS_SERVER: await Effect.runPromise(natsBinary),
    ...daemonEnvironment(join(folder, "state"), front, {
      NATS_URL: `nats://127.0.0.1:${natsPort}`,
      INGEST_METRICS_PORT: String(httpPort)
    }),
    TICKD_RUN_DIR: join(folder, "run"),
    MANAGE_MONITORING: "0"
  }
  mkdirSync(join(folder, "state"))
  /** Settings of a run, as a new invocation of the tool would have them. */
  const settingsOf = (more: Readonly<Record<string, string>> = {}) =>
    Effect.runPromise(liveSettingsOf({ ...set, ...more }, { logDir: join(folder, "logs"), declared: variables }))
  /** The host of a new run. A run that is not ended is one that was killed, and one that recovers it has not begun. */
  const newRun = async (more: Readonly<Record<string, string>> = {}, isRecovering = false) => {
    const settings = await settingsOf(more)
    const scope = Scope.makeUnsafe()
    const services = await Effect.runPromise(Layer.buildWithScope(Layer.provide(processHost(settings), log), scope))
    const host = Context.get(services, ProgramHost)
    if (!isRecovering) await Effect.runPromise(host.begin)
    return {
      observe: () => Effect.runPromise(host.observe),
      start: (part: "nats" | "tickd", settings: "current" | "before" = "current") =>
        Effect.runPromise(host.start(part, { settings, debug: false })),
      stop: (part: "nats" | "tickd") => Effect.runPromise(host.stop(part)),
      end: () => Effect.runPromise(Scope.close(scope, Exit.void))
    }
  }
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { folder, httpPort, lines, natsPort, newRun, remove, settingsOf, set }
}
