// Ctrl-C in the middle of a subscription run must leave the feed as it was: nothing added, and nothing of the
// daemon's own taken away.
import { spawn } from "node:child_process"
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
  launcher,
  startTickd,
  stateFolder,
  tickd
} from "../support/cli-process.ts"

let endFront: (() => void) | undefined
let folder: ReturnType<typeof stateFolder> | undefined
afterEach(async () => {
  await endCommands()
  endFront?.()
  folder?.remove()
  folder = undefined
})

it("an interrupted run reports its progress, and unsubscribes what it added and no more", async () => {
  folder = stateFolder()
  const { path } = folder
  const contracts = marketContracts(60)
  // The daemon wants two; the front refuses the first one, so that the run requests it too.
  const own = [contracts[0]?.id ?? "", contracts[1]?.id ?? ""]
  const file = join(path, "contracts.json")
  writeFileSync(file, JSON.stringify(contracts.map(({ exchange, id }) => ({ symbol: id, exchange }))))
  const child = spawn(
    process.execPath,
    [launcher, "front", "--port", "0", "--json", "--instruments", "60", "--rate", "120"],
    { stdio: ["pipe", "pipe", "ignore"] }
  )
  endFront = () => void child.kill("SIGKILL")
  let told = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (told += text))
  const address = await eventually("the front listens", () => /"address":"(tcp:\/\/[\d.:]+)"/.exec(told)?.[1])
  child.stdin.write("reject-instruments 1 16\n")
  const nats = await holdPort()
  await nats.release()
  const daemon = startTickd(
    ["run", "--embedded-nats"],
    daemonEnvironment(path, address, {
      TICKD_CONTRACTS: file,
      TICKD_INSTRUMENTS: own.join(),
      NATS_PORT: String(nats.port),
      // Less than the run adds, so that the wind-down has to wait.
      SUBSCRIBE_RATE_LIMIT_MAX_REQUESTS: "15",
      SUBSCRIBE_RATE_LIMIT_WINDOW_SECONDS: "1"
    })
  )
  await daemon.printed(/root\/control serves/)
  const server = ["--server", `nats://127.0.0.1:${nats.port}`]
  const wanted = async () => {
    const { stdout } = await tickd(["subscriptions", "--json", ...server])
    const records = lastJson(stdout)["subscriptions"] as ReadonlyArray<{ base_symbol: string; state: string }>
    return Object.fromEntries(records.map(({ base_symbol, state }) => [base_symbol, state]))
  }
  await eventually("one is refused", async () => Object.values(await wanted()).includes("rejected") || undefined)
  expect(Object.keys(await wanted()).sort()).toEqual(own.toSorted())

  const output = join(path, "operations")
  // Batches larger than the daemon accepts: they are sent again in halves.
  const run = startTickd([
    "feed",
    "subscribe-all",
    "--batch-size",
    "20",
    "--max-retries",
    "0",
    "--rate-limit-retry-delay",
    "0.4",
    "--verbose",
    "--output-dir",
    output,
    ...server
  ])
  await run.printed(/batch 8:/)
  run.child.kill("SIGINT")
  const { code, stderr } = await run.ended
  expect(code, stderr).toBe(130)
  const [, count = ""] = /^UNSUBSCRIBED (\d+) instruments of acceptance$/m.exec(stderr) ?? []
  expect(stderr).toMatch(/The run was interrupted.*\[INTERRUPTED\]/)
  await eventually("as before", async () => Object.keys(await wanted()).length === 2 || undefined)
  expect(Object.keys(await wanted()).sort()).toEqual(own.toSorted())

  const kept = join(output, readdirSync(output)[0] ?? "")
  expect(readdirSync(kept)).toEqual(expect.arrayContaining(["contracts.json", "rejections.json", "summary.json"]))
  const summary = JSON.parse(readFileSync(join(kept, "summary.json"), "utf8")) as Record<string, unknown>
  expect(summary).toMatchObject({ interrupted: true, coverage_met: false, total_symbols: 60 })
  expect(Number(summary["accepted_count"])).toBeGreaterThan(5)
  // A running command may have added more than was reported to the run.
  expect(Number(count)).toBeGreaterThanOrEqual(Number(summary["accepted_count"]))
}, 120_000)
