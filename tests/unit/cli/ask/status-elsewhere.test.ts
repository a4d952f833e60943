// `status` asks the telemetry port when NATS is away: that port may be another daemon's than the one that was asked for.
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, assert, beforeAll, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { askStatus } from "../../../../src/cli/ask/status-query.ts"
import { sameServer } from "../../../../src/platform/nats/connect.ts"
import { statusMessage } from "../../../support/status-message.ts"

let server: Server
const before = { ...process.env }
beforeAll(async () => {
  server = createServer((_, response) => response.end(JSON.stringify(statusMessage)))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  process.env["INGEST_METRICS_PORT"] = String((server.address() as AddressInfo).port)
  process.env["NATS_URL"] = "nats://127.0.0.1:1"
  delete process.env["TICKD_INSTANCE"]
})
afterAll(() => {
  process.env = before
  server.close()
})

const ask = (query: { readonly server?: string; readonly instance?: string } = {}) =>
  Effect.result(
    askStatus({
      server: Option.fromUndefinedOr(query.server),
      instance: Option.fromUndefinedOr(query.instance)
    } as never)
  )

it.effect("U12: status of a server or a name that was given is never another daemon's", () =>
  Effect.gen(function* () {
    assert.strictEqual((yield* ask())._tag, "Success")
    assert.strictEqual((yield* ask({ instance: statusMessage.instance }))._tag, "Success")
    const elsewhere = yield* ask({ server: "nats://127.0.0.1:2" })
    assert.match(String(elsewhere), /127.0.0.1:2 does not answer.*answers for .*, whose NATS server is/)
    assert.match(String(yield* ask({ instance: "other" })), /answers for .*, not other/)
  })
)

it("a server is the same whatever its scheme, credentials and port by default", () => {
  assert.isTrue(sameServer("localhost", "nats://127.0.0.1:4222"))
  assert.isTrue(sameServer("tls://u:p@h:1", "nats://other:1,nats://h:1"))
  assert.isFalse(sameServer("nats://127.0.0.1:4999", "nats://127.0.0.1:4222"))
  assert.isFalse(sameServer("http://[", "nats://127.0.0.1:4222"))
})
