// The morning of an operator, on a bare machine with two fronts: every runbook for real, with its markers, codes and
// audit lines. NATS is never stopped between the start and the stop, and nothing runs afterwards.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { marketContracts } from "../../src/simulator/market/market-contracts.ts"
import {
  type Ended,
  endCommands,
  isRunning,
  lastJson,
  startCommand,
  stateFolder,
  tickdIn
} from "../support/cli-process.ts"
import { freePort } from "../support/free-port.ts"
import { usualLibrary } from "../support/native-worker.ts"
import { natsBinary, projectRoot } from "../support/nats-server.ts"
import { makeTwoFeeds } from "../support/two-feeds.ts"

const program = join(projectRoot, "deploy", "operations", "start_live_env.sh")
const market = { instruments: 20, rate: 2000 }
const accounts = {
  primary: { user: "0123456789", mask: "0123...89" },
  backup: { user: "9876543210", mask: "9876...10" }
}

const folder = stateFolder()
const begin = (...args: ReadonlyArray<string>) =>
  startCommand(["--env-file", "day.env", "--window", "day", "--profile", "live", ...args], {
    program,
    cwd: folder.path
  })
const run = (...args: ReadonlyArray<string>): Promise<Ended> => begin(...args).ended

const file = (...names: ReadonlyArray<string>) => readFileSync(join(folder.path, ...names), "utf8")
const pidOf = (name: string) => (JSON.parse(file("run", `${name}.json`)) as { readonly pid: number }).pid
const programs = ["nats-server", "tickd", "pushgateway", "prometheus"]
const pids = () => programs.filter((name) => existsSync(join(folder.path, "run", `${name}.json`))).map(pidOf)

afterAll(async () => {
  for (const pid of pids()) if (isRunning(pid)) process.kill(pid, "SIGKILL")
  await endCommands()
  folder.remove()
})

/** The lines of the log that a run has written. */
const logOf = ({ stdout }: Ended) =>
  stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
const lastLine = (ended: Ended) => logOf(ended).at(-1)
const expectOk = (ended: Ended, ...markers: ReadonlyArray<RegExp>) => {
  expect(ended, `${ended.stdout}${ended.stderr}`).toMatchObject({ code: 0, stderr: "" })
  for (const marker of markers) expect(ended.stdout).toMatch(marker)
  expect(ended.stdout.trimEnd().split("\n").at(-1)).toMatch(/^Orchestration completed in [\d.]+s$/)
  expect(ended.stdout).not.toMatch(/s3cret|0123456789|9876543210/)
}

let pushgateway = ""
beforeAll(async () => {
  pushgateway = `http://127.0.0.1:${await freePort()}`
  const { fronts } = await makeTwoFeeds(folder.path, market)
  const [nats, metrics, subscriptions] = [await freePort(), await freePort(), await freePort()]
  const variables = {
    CTP_MD_LIBRARY: usualLibrary,
    CTP_PRIMARY_MD_ADDRESS: fronts.primary.address,
    CTP_PRIMARY_BROKER_ID: "9999",
    CTP_PRIMARY_USER_ID: accounts.primary.user,
    CTP_PRIMARY_PASSWORD: "s3cret-Pa55",
    CTP_BACKUP_MD_ADDRESS: fronts.backup.address,
    CTP_BACKUP_BROKER_ID: "8888",
    CTP_BACKUP_USER_ID: accounts.backup.user,
    CTP_BACKUP_PASSWORD: "0ther-s3cret",
    NATS_URL: `nats://127.0.0.1:${nats}`,
    NATS_SERVER: await Effect.runPromise(natsBinary),
    INGEST_METRICS_PORT: metrics,
    SUBSCRIPTION_METRICS_PORT: subscriptions,
    TICKD_STATE_DIR: "state",
    TICKD_MARKET_HOURS: "always",
    TICKD_INSTRUMENTS: marketContracts(market.instruments)
      .map(({ id }) => id)
      .join(","),
    PUSHGATEWAY_URL: pushgateway,
    PROMETHEUS_URL: `http://127.0.0.1:${await freePort()}`,
    // Tests that need one start it on a port of their own.
    ALERTMANAGER_URL: ""
  }
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  writeFileSync(join(folder.path, "day.env"), `${lines.join("\n")}\n`, { mode: 0o600 })
  mkdirSync(join(folder.path, "logs", "soak"), { recursive: true })
}, 60_000)

/** What the Pushgateway holds of the runbooks. */
const pushed = async () => (await fetch(`${pushgateway}/metrics`)).text()
const audit = () => file("logs", "runbooks", "startup_audit.log").trimEnd().split("\n")
const running = () => pids().filter(isRunning)

it("undoes a start that Ctrl-C has ended, and one whose tool was killed", { timeout: 180_000 }, async () => {
  const interrupted = begin()
  await interrupted.printed(/Component: tickd, Status: STARTING/)
  process.kill(interrupted.pid, "SIGINT")
  const end = await interrupted.ended
  expect(end, end.stdout).toMatchObject({ code: 130 })
  expect(end.stdout).toMatch(/^Rollback to primary succeeded$/m)
  expect(running()).toEqual([])

  const killed = begin()
  await killed.printed(/Component: tickd, Status: STARTING/)
  process.kill(killed.pid, "SIGKILL")
  await killed.ended
  const next = await run("--stop")
  expect(next, next.stdout).toMatchObject({ code: 0 })
  expect(next.stdout).toMatch(/Found a run that did not end: start of /)
  expect(running()).toEqual([])
  expect(audit()).toEqual(
    ["start,day,live,130", "start,day,live,137", "stop,day,live,0"].map((line) => expect.stringContaining(`,${line}`))
  )
})

it("starts, switches, drills, restarts and stops a bare machine", { timeout: 300_000 }, async () => {
  writeFileSync(join(folder.path, ".env.runtime"), "CTP_PRIMARY_PASSWORD=s3cret-Pa55\n", { mode: 0o600 })
  const start = await run()
  expectOk(start, /^HEALTH=READY$/m, /^Component: tickd, Status: READY, Details: /m)
  expect(lastLine(start)).toMatchObject({
    session: "day",
    profile: "live",
    config: "primary",
    active_feed: "primary",
    account: accounts.primary.mask,
    mock: false,
    exit_code: 0
  })
  const first = { nats: pidOf("nats-server"), tickd: pidOf("tickd") }
  expect(isRunning(first.nats) && isRunning(first.tickd)).toBe(true)

  expectOk(await run(), /^Everything runs already: nothing was changed$/m, /^HEALTH=READY$/m)
  expect({ nats: pidOf("nats-server"), tickd: pidOf("tickd") }).toEqual(first)

  const failover = await run("--failover", "--config", "backup")
  expectOk(failover, /^Failover completed in \d+ms$/m, /^HEALTH=READY$/m)
  expect(lastLine(failover)).toMatchObject({
    config: "backup",
    active_feed: "backup",
    account: accounts.backup.mask
  })

  const status = await tickdIn(folder.path, ["live", "status", "--env-file", "day.env", "--json"])
  expect(status.code).toBe(0)
  expect(lastJson(status.stdout)).toMatchObject({
    ok: true,
    active_feed: "backup",
    last_run: { action: "failover", exit_code: 0 }
  })

  const failback = await run("--failback")
  expectOk(failback, /^Failback completed in \d+ms$/m, /^HEALTH=READY$/m)
  expect(lastLine(failback)).toMatchObject({ active_feed: "primary", account: accounts.primary.mask })

  const drill = await run("--drill")
  expectOk(
    drill,
    /^Drill failover completed in \d+ms$/m,
    /^Failback completed in \d+ms$/m,
    /^Failover drill completed successfully$/m
  )
  expect(new Set(logOf(drill).map(({ account }) => account))).toEqual(
    new Set([accounts.primary.mask, accounts.backup.mask])
  )
  expect(lastLine(drill)).toMatchObject({ active_feed: "primary", account: accounts.primary.mask })

  const metrics = await pushed()
  for (const name of ["md_runbook_exit_code", "md_failover_latency_ms", "md_failback_latency_ms"]) {
    expect(metrics).toMatch(new RegExp(`^${name}\\{[^}]*job="runbook"[^}]*\\} \\d+$`, "m"))
  }
  expect(metrics).toMatch(/^md_session_startup_duration_s\{[^}]*\} [\d.]+$/m)

  expectOk(await run("--restart"), /^GRACEFUL_SHUTDOWN=OK$/m, /^RESTART=OK gap_ms=\d+$/m, /^HEALTH=READY$/m)
  expect(pidOf("nats-server")).toBe(first.nats)
  const second = pidOf("tickd")
  expect(second).not.toBe(first.tickd)

  expectOk(await run("--stop"), /^UNSUBSCRIBED$/m, /^GRACEFUL_SHUTDOWN=OK$/m)
  expect([first.nats, first.tickd, second].filter(isRunning)).toEqual([])
  expect(readdirSync(join(folder.path, "logs", "archive"))).toEqual([
    expect.stringMatching(/^\d{8}_runbook\.2\.tar\.gz$/),
    expect.stringMatching(/^\d{8}_runbook\.tar\.gz$/)
  ])
  for (const secret of [".env.runtime", join("run", "credentials"), join("run", "before", "credentials")]) {
    expect(existsSync(join(folder.path, secret)), secret).toBe(false)
  }

  const stopped = await tickdIn(folder.path, ["live", "status", "--env-file", "day.env"])
  expect(stopped.code).toBe(2)
  expect(stopped.stdout).toMatch(/^nats +does not run\ntickd +does not run\n[^]*^last run +stop, day/m)

  const actions = ["start", "start", "failover", "failback", "drill", "restart", "stop"]
  expect(audit().slice(-actions.length)).toEqual(
    actions.map((action) => expect.stringMatching(new RegExp(`^[^,]+\\+08:00,${action},day,live,0$`)))
  )
})
