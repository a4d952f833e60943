// `status` uses the telemetry port when NATS is away: that port may belong to another daemon than the requested one.
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, assert, beforeAll, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { DaemonClient } from "../../../../src/cli/daemon-client.ts"
import type { Variables } from "../../../../src/cli/terminal/screen.ts"
import { sameServer } from "../../../../src/platform/nats/connect.ts"
import { invocation } from "../../../support/invocation.ts"
import { statusMessage } from "../../../support/status-message.ts"

let server: Server
let env: Variables
beforeAll(async () => {
  server = createServer((_, response) => response.end(JSON.stringify(statusMessage)))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  env = { INGEST_METRICS_PORT: String((server.address() as AddressInfo).port), NATS_URL: "nats://127.0.0.1:1" }
})
afterAll(() => void server.close())

const ask = (query: { readonly server?: string; readonly instance?: string } = {}) =>
  Effect.flatMap(DaemonClient, ({ status }) => status).pipe(
    Effect.provide(
      DaemonClient.layer({
        server: Option.fromUndefinedOr(query.server),
        instance: Option.fromUndefinedOr(query.instance)
      })
    ),
    Effect.provide(invocation(env)),
    Effect.result
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
