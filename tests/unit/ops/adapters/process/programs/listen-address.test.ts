// A part is started only for an address of this machine: a second Prometheus beside the one of another machine would
// take the runbook's questions and know nothing.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { listenAddress } from "../../../../../../src/ops/adapters/process/programs/listen-address.ts"

describe("the address that a program listens on", () => {
  it.effect.each([
    ["http://localhost:9091", "127.0.0.1:9091", ""],
    ["http://127.0.0.2:9091/", "127.0.0.2:9091", ""],
    ["http://[::1]:9091/push/", "[::1]:9091", "/push"],
    ["http://127.0.0.1", "127.0.0.1:80", ""]
  ] as const)("of %s is %s", ([url, text, prefix]) =>
    Effect.gen(function* () {
      const found = yield* listenAddress("PUSHGATEWAY_URL", url)
      assert.deepStrictEqual([found.text, found.prefix], [text, prefix])
    })
  )

  it.effect.each(["https://127.0.0.1:9091", "http://push.example:9091", "http://192.0.2.1:9091", "127.0.0.1:9091", ""])(
    "is refused for %s, with the fix",
    (url) =>
      Effect.gen(function* () {
        const { message } = yield* Effect.flip(listenAddress("PUSHGATEWAY_URL", url))
        assert.match(message, /^PUSHGATEWAY_URL names .*http:\/\/ address of this machine.*MANAGE_MONITORING=0\.$/)
      })
  )
})
