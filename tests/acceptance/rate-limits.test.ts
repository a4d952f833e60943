// A front cuts a session that asks too fast and a broker locks an account that logs in too often: each limit holds,
// and is counted.
import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
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
  logLines,
  startTickd,
  stateFolder,
  tickd
} from "../support/cli-process.ts"

let folder: ReturnType<typeof stateFolder> | undefined
let endFront: (() => void) | undefined
afterEach(async () => {
  await endCommands()
  endFront?.()
  folder?.remove()
  folder = undefined
  endFront = undefined
})

it("RATE_LIMIT_… and SUBSCRIBE_RATE_LIMIT_… are kept to and counted, and error 6000 is reported by name", async () => {
  folder = stateFolder()
  const { path } = folder
  const contracts = marketContracts(300)
  const file = join(path, "contracts.json")
  writeFileSync(file, JSON.stringify(contracts.map(({ exchange, id }) => ({ symbol: id, exchange }))))
  const front = spawn(
    process.execPath,
    [launcher, "front", "--port", "0", "--json", "--instruments", "300", "--rate", "600"],
    { stdio: ["pipe", "pipe", "ignore"] }
  )
  endFront = () => void front.kill("SIGKILL")
  let told = ""
  front.stdout.setEncoding("utf8").on("data", (text: string) => void (told += text))
  const address = await eventually("the front listens", () => /"address":"(tcp:\/\/[\d.:]+)"/.exec(told)?.[1])
  front.stdin.write("reject-instruments 20 6000\n")
  const [nats, http] = [await holdPort(), await holdPort()]
  await nats.release()
  await http.release()
  const { TICKD_INSTRUMENTS: _few, ...environment } = daemonEnvironment(path, address, {
    TICKD_CONTRACTS: file,
    NATS_PORT: String(nats.port),
    INGEST_METRICS_PORT: String(http.port),
    RATE_LIMIT_SUBSCRIBE_PER_SECOND: "100",
    RATE_LIMIT_LOGIN_PER_MINUTE: "2",
    SUBSCRIBE_RATE_LIMIT_MAX_REQUESTS: "5",
    SUBSCRIBE_RATE_LIMIT_WINDOW_SECONDS: "600"
  })
  const daemon = startTickd(["run", "--embedded-nats"], environment)
  const server = ["--server", `nats://127.0.0.1:${nats.port}`]
  const hits = async (limit: string): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${http.port}/metrics`)).text()
    return Number(new RegExp(`^md_rate_limit_hits_total\\{[^}]*limit="${limit}"[^}]*\\} (\\d+)`, "m").exec(text)?.[1])
  }
  const proofs = () => logLines(daemon.stdout()).filter(({ event }) => event === "subscriptions_verified")
  const [answered] = await eventually("all answers", () => (proofs().length > 0 ? proofs() : undefined), 60_000)
  expect(answered).toMatchObject({ wanted: 300, acknowledged: 280, rejected: 20 })

  // The front got requests for 100 within any second.
  const listed = lastJson((await tickd(["subscriptions", "--json", ...server])).stdout)
  const records = listed["subscriptions"] as ReadonlyArray<{ sent_at: string; rejected: { name: string } | null }>
  const sent = records.map(({ sent_at }) => Date.parse(sent_at))
  const within = sent.map((atMs) => sent.filter((other) => other >= atMs && other < atMs + 1000).length)
  expect(Math.max(...within)).toBe(100)
  expect(await hits("subscribe_per_second")).toBe(2)
  const names = records.flatMap(({ rejected }) => (rejected === null ? [] : [rejected.name]))
  expect(names).toEqual(Array.from({ length: 20 }, () => "TOO_MANY_INSTRUMENTS"))
  expect(await hits("front_instruments")).toBe(20)

  // Clients may name five instruments in ten minutes.
  const some = contracts.slice(30, 36).map(({ id }) => id)
  const refused = await tickd(["resubscribe", ...some, ...server])
  expect([refused.code, refused.stdout + refused.stderr]).toEqual([1, expect.stringMatching(/Rate limit exceeded/)])
  expect((await tickd(["resubscribe", ...some.slice(1), ...server])).code).toBe(0)
  expect((await tickd(["unsubscribe", ...some, ...server])).code).toBe(1)
  expect([await hits("subscribe_request"), await hits("unsubscribe_request")]).toEqual([1, 1])

  // Two logins a minute: the session that is cut during its requests logs in once more, and then has to wait.
  const logins = () => logLines(daemon.stdout()).filter(({ state }) => state === "subscribing").length
  front.stdin.write("drop\n")
  await eventually("the second login", () => logins() === 2 || undefined, 30_000)
  front.stdin.write("drop\n")
  await eventually("the third login is held", async () => (await hits("login_per_minute")) > 0 || undefined, 30_000)
  expect(await hits("session_cut")).toBe(1)
  const status = lastJson((await tickd(["status", "--json", ...server])).stdout)
  expect(status["sessions"]).toMatchObject([{ subscriptions: { per_second: 50 } }])
  expect(logins()).toBe(2)
}, 120_000)
