import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { marketContracts } from "../../src/simulator/market/market-contracts.ts"
import { type Ended, endCommands, isRunning, startCommand, stateFolder } from "./cli-process.ts"
import { freePort } from "./free-port.ts"
import { usualLibrary } from "./native-worker.ts"
import { natsBinary, projectRoot } from "./nats-server.ts"
import { makeTwoFeeds } from "./two-feeds.ts"

const program = join(projectRoot, "deploy", "operations", "start_live_env.sh")
const market = { instruments: 20, rate: 2000 }
const programs = ["nats-server", "tickd", "pushgateway", "prometheus"] as const

/** The lines of the log that a run has written. */
export const logOf = ({ stdout }: Pick<Ended, "stdout">) =>
  stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)

/** The working folder of an operator on a bare machine: an env file for two simulated fronts and free ports. */
export const makeRunbookFolder = async () => {
  const folder = stateFolder()
  const { fronts } = await makeTwoFeeds(folder.path, market)
  const [nats, metrics, subscriptions] = [await freePort(), await freePort(), await freePort()]
  const variables: Readonly<Record<string, string>> = {
    CTP_MD_LIBRARY: usualLibrary,
    CTP_PRIMARY_MD_ADDRESS: fronts.primary.address,
    CTP_PRIMARY_BROKER_ID: "9999",
    CTP_PRIMARY_USER_ID: "0123456789",
    CTP_PRIMARY_PASSWORD: "s3cret-Pa55",
    CTP_BACKUP_MD_ADDRESS: fronts.backup.address,
    CTP_BACKUP_BROKER_ID: "8888",
    CTP_BACKUP_USER_ID: "9876543210",
    CTP_BACKUP_PASSWORD: "0ther-s3cret",
    NATS_URL: `nats://127.0.0.1:${nats}`,
    NATS_SERVER: await Effect.runPromise(natsBinary),
    INGEST_METRICS_PORT: String(metrics),
    SUBSCRIPTION_METRICS_PORT: String(subscriptions),
    TICKD_STATE_DIR: "state",
    TICKD_MARKET_HOURS: "always",
    TICKD_INSTRUMENTS: marketContracts(market.instruments)
      .map(({ id }) => id)
      .join(","),
    PUSHGATEWAY_URL: `http://127.0.0.1:${await freePort()}`,
    PROMETHEUS_URL: `http://127.0.0.1:${await freePort()}`,
    // Tests that need one start it on a port of their own.
    ALERTMANAGER_URL: ""
  }
  const path = (...names: ReadonlyArray<string>) => join(folder.path, ...names)
  const textOf = (set: Readonly<Record<string, string>>) =>
    Object.entries(set)
      .map(([name, value]) => `${name}=${value}\n`)
      .join("")
  /** Writes an env file with other or more variables; `undefined` leaves one out. */
  const envFile = (name: string, more: Readonly<Record<string, string>> = {}, mode = 0o600) =>
    writeFileSync(path(name), textOf({ ...variables, ...more }), { mode })
  envFile("day.env")
  mkdirSync(path("logs", "soak"), { recursive: true })

  const begin = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
    startCommand(["--window", "day", "--profile", "live", ...args], { program, cwd: folder.path, env })
  const pids = () =>
    programs
      .map((name) => path("run", `${name}.json`))
      .filter((record) => existsSync(record))
      .map((record) => (JSON.parse(readFileSync(record, "utf8")) as { readonly pid: number }).pid)
  return {
    path,
    variables,
    fronts,
    ports: { nats, metrics },
    envFile,
    begin,
    run: (args: ReadonlyArray<string>, env?: Readonly<Record<string, string>>) => begin(args, env).ended,
    /** Lines of the audit, without their times. */
    audit: () =>
      existsSync(path("logs", "runbooks", "startup_audit.log"))
        ? readFileSync(path("logs", "runbooks", "startup_audit.log"), "utf8")
            .trimEnd()
            .split("\n")
            .map((line) => line.slice(line.indexOf(",") + 1))
        : [],
    pidOf: (name: (typeof programs)[number]) =>
      (JSON.parse(readFileSync(path("run", `${name}.json`), "utf8")) as { readonly pid: number }).pid,
    running: () => pids().filter(isRunning),
    archives: () => readdirSync(path("logs", "archive")),
    remove: async () => {
      for (const pid of pids()) if (isRunning(pid)) process.kill(pid, "SIGKILL")
      await endCommands()
      folder.remove()
    }
  }
}
