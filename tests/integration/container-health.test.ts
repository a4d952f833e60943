// An engine restarts or marks a container by this check: it must look at the daemon of its own container, and a daemon
// that waits is healthy.
import { spawn } from "node:child_process"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { projectRoot } from "../../src/platform/process/project.ts"

let answers: Record<string, readonly [number, string]> = {}
const server = createServer((request, response) => {
  const [status, text] = answers[request.url ?? ""] ?? [404, "absent"]
  response.writeHead(status).end(text)
})
let port = 0
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => server.close())

const check = (flags: ReadonlyArray<string>, env: Readonly<Record<string, string>>) =>
  new Promise<string>((resolve) => {
    const script = join(projectRoot, "deploy/container/health.mjs")
    const child = spawn(process.execPath, [script, ...flags], { env, stdio: ["ignore", "pipe", "inherit"] })
    let text = ""
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()))
    child.once("close", (code) => resolve(`${code} ${text.trim()}`))
  })
// Nothing listens on port 1: a check that asks the other daemon fails.
const trade = () => ({ TRADE_METRICS_HOST: "0.0.0.0", TRADE_METRICS_PORT: String(port), INGEST_METRICS_PORT: "1" })

it("--trade asks the trading daemon, and without it the market daemon", async () => {
  answers = { "/healthz": [200, "ok"], "/readyz": [200, "ready"] }
  expect(await check(["--trade"], trade())).toBe("0 healthy, ready")
  expect(await check([], trade())).toMatch(/^1 unhealthy: http:\/\/127\.0\.0\.1:1 /)
  expect(await check([], { INGEST_METRICS_PORT: String(port), TRADE_METRICS_PORT: "1" })).toBe("0 healthy, ready")
})

it("a trading daemon whose gate is closed is healthy, and not ready", async () => {
  answers = { "/healthz": [200, "ok"], "/readyz": [503, "not ready: the kill switch is engaged"] }
  expect(await check(["--trade"], trade())).toBe("0 healthy, not ready: the kill switch is engaged")
  expect(await check(["--ready", "--trade"], trade())).toBe("1 healthy, not ready: the kill switch is engaged")
  answers = { "/healthz": [500, "stuck"], "/readyz": [503, ""] }
  expect(await check(["--trade"], trade())).toMatch(/^1 unhealthy: .*healthz answered 500$/)
})
