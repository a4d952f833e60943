// What trading costs: the gate, the way of an order to the wire, the store's share, reconciliation, a start.
import { execFile } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect, Redacted } from "effect"
import { projectRoot } from "../../src/platform/process/project.ts"
import { postgresServer } from "../support/postgres-server.ts"
import { runChild } from "./bench-child.ts"
import { quantile, rounded } from "./statistics.ts"
import type { Measured, Suite, SuiteOptions } from "./suite.ts"

/** A folder on the disk of the project: `/tmp` may be in memory, where a commit costs nothing. */
const diskFolder = Effect.acquireRelease(
  Effect.sync(() => {
    mkdirSync(join(projectRoot, ".state"), { recursive: true })
    const folder = mkdtempSync(join(projectRoot, ".state", "bench-trading-"))
    // The server of PostgreSQL runs as another user.
    chmodSync(folder, 0o755)
    return folder
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

interface Times {
  readonly times: ReadonlyArray<number>
}
interface Rates {
  readonly bare: number
  readonly rate: number
}

const simulated = ["simulate", "--plane", "trading", "--seeds", "40", "--minutes", "6", "--jobs", "1", "--json"]

/** Simulated seconds of the trading daemon for each second of one core. */
const timesReal = Effect.callback<number, Error>((resume) => {
  const verb = [join(projectRoot, "src/app/tickd.mjs"), ...simulated]
  const child = execFile(process.execPath, verb, { maxBuffer: 1 << 24 }, (error, out) => {
    const report = error === null ? JSON.parse(out.trimEnd().split("\n").at(-1) ?? "") : undefined
    resume(
      report === undefined
        ? Effect.fail(new Error(`the simulation of trading failed: ${out.slice(-300)}`))
        : Effect.succeed(Number(report.times_real))
    )
  })
  return Effect.sync(() => child.kill("SIGTERM"))
})

const run = Effect.fnUntraced(function* ({ profileDir, say }: SuiteOptions) {
  const ask = <Report>(program: "way" | "large", argument: object) =>
    Effect.scoped(
      Effect.flatMap(diskFolder, (stateDir) => {
        say(`trading: ${Object.values(argument)[0]}`)
        return runChild<Report>({
          program: `trading-${program}-child.ts`,
          argument: { ...argument, folder: stateDir },
          stateDir,
          profileDir,
          deadlineMs: 240_000
        })
      })
    )
  const gate = yield* ask<Times>("way", { measure: "gate" })
  const submit = yield* ask<Times>("way", { measure: "submit" })
  const sqlite = yield* ask<Rates>("way", { measure: "dry" })
  const postgres = yield* Effect.scoped(
    Effect.gen(function* () {
      const server = yield* postgresServer({ parent: yield* diskFolder })
      const url = yield* Effect.promise(() => server.freshUrl())
      return yield* ask<Rates>("way", { measure: "dry", url: Redacted.value(url) })
    })
  )
  const reconcile = yield* ask<{ readonly ms: number }>("large", { measure: "reconcile" })
  const restart = yield* ask<{ readonly ms: number }>("large", { measure: "restart" })
  say("trading: simulate")
  const sim = yield* timesReal
  const figures = {
    gate_us_p99: rounded(quantile(gate.times, 0.99), 1),
    submit_ms_p50: rounded(quantile(submit.times, 0.5), 2),
    submit_ms_p99: rounded(quantile(submit.times, 0.99), 2),
    dry_tps_sqlite: Math.round(sqlite.rate),
    dry_tps_postgres: Math.round(postgres.rate),
    dry_bare_tps_sqlite: Math.round(sqlite.bare),
    dry_bare_tps_postgres: Math.round(postgres.bare),
    dry_ratio_sqlite: rounded(sqlite.rate / sqlite.bare, 2),
    dry_ratio_postgres: rounded(postgres.rate / postgres.bare, 2),
    recon_10k_ms: Math.round(reconcile.ms),
    restart_100k_ms: Math.round(restart.ms),
    sim_times_real: sim
  }
  const { dry_ratio_postgres, dry_ratio_sqlite, submit_ms_p50, submit_ms_p99 } = figures
  const rows: Measured["rows"] = [
    ["gate, all checks, p99", `${figures.gate_us_p99} us`],
    ["request to its POST on the wire, 100 orders/s, p50, p99", `${submit_ms_p50}, ${submit_ms_p99} ms`],
    ["dry-run orders a second, SQLite", `${figures.dry_tps_sqlite}, ${dry_ratio_sqlite} of bare transactions`],
    ["dry-run orders a second, PostgreSQL", `${figures.dry_tps_postgres}, ${dry_ratio_postgres} of bare transactions`],
    ["10,000 missed orders reconciled", `${figures.recon_10k_ms} ms`],
    ["start over 100,000 orders to reducing", `${figures.restart_100k_ms} ms`],
    ["simulation, one process", `${sim} times real time`]
  ]
  return { rows, figures }
})

export const suite: Suite = {
  name: "trading",
  about: "gate, request to POST, dry-run orders on SQLite and PostgreSQL, reconciliation, start over a large book",
  run
}
