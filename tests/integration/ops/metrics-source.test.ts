// A drill whose source answers with an error page, another JSON or nothing must say so: none of it is a backlog.
import { createServer } from "node:http"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { readBacklogs } from "../../../src/ops/adapters/drill/metrics-source.ts"
import { stateFolder } from "../../support/cli-process.ts"

const vector = {
  status: "success",
  data: { resultType: "vector", result: [{ metric: { feed: "backup", consumer: "a" }, value: [1, "12"] }] }
}
const pages: Readonly<Record<string, readonly [status: number, text: string]>> = {
  "/metrics": [200, 'consumer_backlog_messages{feed="primary"} 3\n'],
  "/api/v1/query?query=consumer_backlog_messages": [200, JSON.stringify(vector)],
  "/prom/api/v1/query?query=consumer_backlog_messages": [200, "<html>login</html>"],
  "/login/metrics": [200, "<!DOCTYPE html><html>please log in</html>"],
  "/away/metrics": [503, "try later"]
}
const server = createServer((request, response) => {
  const [status, text] = pages[request.url ?? ""] ?? [404, "not found"]
  response.writeHead(status).end(text)
})
const folder = stateFolder()
let base = ""

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  base = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  folder.remove()
})

const read = (source: string) => Effect.runPromise(readBacklogs(source))
const fault = async (source: string) => (await Effect.runPromise(Effect.flip(readBacklogs(source)))).message

it("a page of metrics and Prometheus are read, with or without a slash at the end", async () => {
  expect(await read(`${base}/metrics`)).toEqual([{ labels: { feed: "primary" }, messages: 3 }])
  const series = [{ labels: { feed: "backup", consumer: "a" }, messages: 12 }]
  expect(await read(base)).toEqual(series)
  expect(await read(`${base}/`)).toEqual(series)
})

it("a web page, an error and a dead address are faults with a fix, and show no password", async () => {
  expect(await fault(`${base}/login/metrics`)).toMatch(/is a web page, not a page of metrics: name a file or page/)
  expect(await fault(`${base}/prom`)).toMatch(/is not the JSON of a query of Prometheus/)
  expect(await fault(`${base}/away/metrics`)).toMatch(/answers with 503: name a page that ends with \/metrics/)
  expect(await fault(`${base}/nowhere`)).toMatch(/answers with 404/)
  expect(await fault("http://127.0.0.1:1/metrics")).toMatch(/does not answer/)
  const secret = await fault("http://ops:s3cret@127.0.0.1:1/metrics")
  expect(secret).not.toContain("s3cret")
})

it("a folder and a missing file are faults with the system's reason", async () => {
  expect(await fault(folder.path)).toMatch(/cannot be read \(EISDIR\): name another file/)
  expect(await fault(`file://${folder.path}/absent.prom`)).toMatch(/cannot be read \(ENOENT\)/)
})
