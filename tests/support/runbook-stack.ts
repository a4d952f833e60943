// The machine of an operator: a working folder with an env file, two fronts, and the usual ports replaced by free ones.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { marketContracts } from "../../src/simulator/market/market-contracts.ts"
import { holdPort, launcher, startTickd } from "./cli-process.ts"
import { endLeftPrograms } from "./left-programs.ts"
import { usualLibrary } from "./native-worker.ts"
import { projectRoot } from "./nats-server.ts"

/** The ports of the page, each with its use. */
const usualPorts = ["4222", "9090", "9091", "9093", "9100", "9101"] as const

/** Two logins of one broker; both ids and passwords must be in no output. */
export const logins = {
  primary: { user: "0123456789", password: "s3cret-Pa55" },
  backup: { user: "9876543210", password: "0ther-s3cret" }
}

const startFront = async (sinceMs: number, instruments: number, rate: number) => {
  const sizes = ["--instruments", instruments, "--rate", rate, "--seed", 7, "--since", sinceMs].map(String)
  const front = startTickd(["front", "--port", "0", "--json", ...sizes], {}, { stdin: "pipe" })
  const [, address = ""] = await front.printed(/"address":"(tcp:\/\/[\d.:]+)"/)
  return { ...front, address }
}

/**
 * `more` goes into the env file. `rate`: ticks a second of each front. The stack itself is started by the commands of
 * the test.
 */
export const makeRunbookStack = async (
  more: Readonly<Record<string, string>> = {},
  { instruments, rate }: { readonly instruments: number; readonly rate: number } = { instruments: 50, rate: 500 }
) => {
  const folder = mkdtempSync(join(tmpdir(), "tickd-runbook-"))
  const held = await Promise.all(usualPorts.map(() => holdPort()))
  await Promise.all(held.map(({ release }) => release()))
  const ports = usualPorts.map((usual, at) => [usual, String(held[at]?.port)] as const)
  const portOf = (usual: (typeof usualPorts)[number]) => ports.find(([port]) => port === usual)?.[1] ?? usual

  const sinceMs = Math.floor(Date.now() / 1000) * 1000
  const fronts = {
    primary: await startFront(sinceMs, instruments, rate),
    backup: await startFront(sinceMs, instruments, rate)
  }
  const catalogue = marketContracts(instruments).map(({ exchange, id, priceTick }) => `${id},${exchange},${priceTick}`)
  writeFileSync(join(folder, "contracts.csv"), `InstrumentID,ExchangeID,PriceTick\n${catalogue.join("\n")}\n`)

  const login = (feed: "primary" | "backup") => {
    const name = `CTP_${feed.toUpperCase()}`
    return {
      [`${name}_MD_ADDRESS`]: fronts[feed].address,
      [`${name}_BROKER_ID`]: "9999",
      [`${name}_USER_ID`]: logins[feed].user,
      [`${name}_PASSWORD`]: logins[feed].password
    }
  }
  const variables: Readonly<Record<string, string>> = {
    CTP_MD_LIBRARY: usualLibrary,
    ...login("primary"),
    ...login("backup"),
    TICKD_INSTANCE: "md-live",
    TICKD_CONTRACTS: "contracts.csv",
    // The simulated market has no nights and weekends, and tests run at these times too.
    TICKD_MARKET_HOURS: "always",
    NATS_URL: `nats://127.0.0.1:${portOf("4222")}`,
    NATS_PORT: portOf("4222"),
    INGEST_METRICS_PORT: portOf("9100"),
    SUBSCRIPTION_METRICS_PORT: portOf("9101"),
    PUSHGATEWAY_URL: `http://127.0.0.1:${portOf("9091")}`,
    PROMETHEUS_URL: `http://127.0.0.1:${portOf("9090")}`,
    ALERTMANAGER_URL: `http://127.0.0.1:${portOf("9093")}`,
    ...more
  }
  const envText = `${Object.entries(variables)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n")}\n`
  writeFileSync(join(folder, ".env.live"), envText, { mode: 0o600 })

  // `tickd` as the package installs it.
  mkdirSync(join(folder, "bin"))
  const shim = `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`
  writeFileSync(join(folder, "bin", "tickd"), shim, { mode: 0o755 })

  const replaceAll = (text: string, pairs: ReadonlyArray<readonly [string, string]>) =>
    pairs.reduce((sum, [from, to]) => sum.replaceAll(from, to), text)
  /** A command of a page, for this machine. */
  const own = (text: string): string =>
    replaceAll(text, [
      ...ports.map(([usual, free]) => [`:${usual}`, `:${free}`] as const),
      ["deploy/operations/", `${projectRoot}/deploy/operations/`]
    ])
  /** Output of this machine, as the page would show it. */
  const usual = (text: string): string =>
    replaceAll(text, [
      ...ports.map(([port, free]) => [`:${free}`, `:${port}`] as const),
      [`${folder}/`, ""],
      [`${projectRoot}/`, ""]
    ])

  const remove = () => {
    endLeftPrograms(join(folder, "run"), folder)
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    folder,
    fronts,
    variables,
    own,
    usual,
    remove,
    env: { PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}` }
  }
}
