// A whole feed is subscribed by one command before the market opens: its exit code must say whether it is really there.
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, expect, it } from "vitest"
import { marketContracts } from "../../src/simulator/market/market-contracts.ts"
import { daemonEnvironment } from "../support/cli-daemon.ts"
import {
  endCommands,
  eventually,
  holdPort,
  lastJson,
  startCommand,
  startTickd,
  stateFolder,
  tickd
} from "../support/cli-process.ts"
import { projectRoot } from "../support/nats-server.ts"

let folder: ReturnType<typeof stateFolder> | undefined
afterEach(async () => {
  await endCommands()
  folder?.remove()
  folder = undefined
})

it("subscribes a catalogue in batches, keeps its files, fails below the threshold, and leaves as it came", async () => {
  folder = stateFolder()
  const { path } = folder
  const contracts = marketContracts(300)
  const first = contracts[0]?.id ?? ""
  const file = join(path, "contracts.json")
  writeFileSync(file, JSON.stringify(contracts.map(({ exchange, id }) => ({ symbol: id, exchange }))))
  const front = startTickd(["front", "--port", "0", "--json", "--instruments", "300", "--rate", "600"])
  const [, address = ""] = await front.printed(/"address":"(tcp:\/\/[\d.:]+)"/)
  const [nats, http] = [await holdPort(), await holdPort()]
  await nats.release()
  await http.release()
  startTickd(
    ["run", "--embedded-nats"],
    daemonEnvironment(path, address, {
      TICKD_CONTRACTS: file,
      TICKD_INSTRUMENTS: first,
      NATS_PORT: String(nats.port),
      INGEST_METRICS_PORT: String(http.port),
      SUBSCRIBE_RATE_LIMIT_MAX_REQUESTS: "150",
      SUBSCRIBE_RATE_LIMIT_WINDOW_SECONDS: "1"
    })
  )
  await eventually(
    "ready",
    async () => (await fetch(`http://127.0.0.1:${http.port}/readyz`)).status === 200 || undefined
  )
  const server = ["--server", `nats://127.0.0.1:${nats.port}`]
  const active = async () => {
    const { stdout } = await tickd(["subscriptions", "--json", ...server])
    return Number(lastJson(stdout)["total"])
  }
  const output = join(path, "operations")
  const flags = [...server, "--output-dir", output, "--batch-size", "100", "--json"]

  const dry = await tickd(["feed", "subscribe-all", "--dry-run", ...flags])
  expect(dry.code, dry.stderr).toBe(0)
  expect(lastJson(dry.stdout)).toMatchObject({ total_symbols: 300, already_active_count: 1, accepted_count: 0 })
  expect(await active()).toBe(1)

  // The daemon accepts 150 symbols a second: the rest is retried, and all are subscribed in the end.
  const run = await tickd(["feed", "subscribe-all", "--rate-limit-retry-delay", "1.1", ...flags])
  expect(run.code, run.stderr + run.stdout).toBe(0)
  const summary = lastJson(run.stdout)
  expect(summary).toMatchObject({ accepted_count: 299, rejected_count: 0, coverage: 1, coverage_met: true })
  const kept = readdirSync(String(summary["output_dir"])).sort()
  expect(kept).toEqual(expect.arrayContaining(["batch-001.json", "contracts.json", "rejections.json", "summary.json"]))
  const batch = JSON.parse(readFileSync(join(String(summary["output_dir"]), "batch-001.json"), "utf8")) as object
  expect(Object.keys(batch)).toEqual(
    expect.arrayContaining(["index", "requested", "accepted", "rejected", "duration_seconds", "ts"])
  )
  expect(await active()).toBe(300)

  // It stays until a signal, and unsubscribes exactly what it had subscribed.
  await tickd(["unsubscribe", ...contracts.slice(1, 11).map(({ id }) => id), ...server])
  await eventually("ten less", async () => (await active()) === 290 || undefined)
  await new Promise((resolve) => setTimeout(resolve, 1100))
  const holding = startTickd(["feed", "subscribe-all", "--hold", ...flags])
  await eventually("ten more", async () => (await active()) === 300 || undefined)
  await eventually(
    "the run is over",
    () =>
      readdirSync(output).length === 3 &&
      readdirSync(join(output, readdirSync(output).sort().at(-1) ?? "")).includes("summary.json")
  )
  holding.child.kill("SIGTERM")
  const held = await holding.ended
  expect(held.code, held.stderr).toBe(0)
  expect(held.stderr).toMatch(/^UNSUBSCRIBED 10 instruments of acceptance$/m)
  await eventually("ten less again", async () => (await active()) === 290 || undefined)

  // Under the names of the reference service.
  const check = startCommand(
    [
      join(projectRoot, "deploy", "operations", "check_feed_health"),
      "--coverage-threshold",
      "0.99",
      ...server,
      "--json"
    ],
    { program: "bash" }
  )
  const verdict = await check.ended
  expect(verdict.code, verdict.stderr).toBe(2)
  expect(lastJson(verdict.stdout)).toMatchObject({ expected_total: 300, matched_total: 290, exit_code: 2 })
  // No repair helps an instrument that is in no list: it escalates, with a program that is not run by a shell.
  const absent = join(path, "absent.json")
  writeFileSync(absent, JSON.stringify(["zz9999.SHFE"]))
  const called = await tickd([
    "health",
    "check",
    "--mode",
    "enforce",
    "--catalogue",
    absent,
    "--out-dir",
    join(path, "runbooks"),
    "--json",
    "--max-remediation-attempts",
    "1",
    "--escalation-marker",
    "a b; c",
    "--escalation-command",
    `${process.execPath} -p 'process.argv.slice(1).join("|")' -- {marker} {exit_code} "$HOME" ;`,
    ...server
  ])
  expect(called.code, called.stderr).toBe(2)
  expect(called.stderr).toContain("a b; c|2|$HOME|;\n")
  expect(lastJson(called.stdout)).toMatchObject({
    metadata: { remediation_attempts: 1, remediated: false, escalated: true, escalation_marker: "a b; c" },
    remediation: { attempted: ["zz9999.SHFE"], succeeded: [], failed: [{ symbol: "zz9999.SHFE" }] }
  })
  const shown = startCommand([join(projectRoot, "deploy", "operations", "full_feed_subscription"), "--help"], {
    program: "bash"
  })
  expect((await shown.ended).stdout).toMatch(/batch-size/)
}, 120_000)
