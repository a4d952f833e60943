// Two planes, two keys: mixing half of one identity with half of the other locks a daemon out at 21:00.
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { connectionOf, opsIdentity, tickIdentity } from "../../../../src/platform/nats/nats-settings.ts"

const server = { url: "tls://h:1", name: "n" }

describe("identities on NATS", () => {
  it("are the same on both planes unless ops has its own", () => {
    const env = { NATS_USER: "u", NATS_PASSWORD: "hunter2", NATS_TLS_CA: "ca", NATS_INBOX_PREFIX: "_A" }
    const expected = { ...server, user: "u", pass: "hunter2", tls: { caFile: "ca" }, inboxPrefix: "_A" }
    assert.deepStrictEqual(connectionOf(tickIdentity(env), server), expected)
    assert.deepStrictEqual(connectionOf(opsIdentity(env), server), expected)
    assert.notInclude(inspect(opsIdentity(env), { depth: 5 }), "hunter2")
  })

  it("U6: take an empty or blank variable for one that is not set", () => {
    const env = {
      NATS_URL: "",
      NATS_TLS_CA: "",
      NATS_NKEY_FILE: " ",
      NATS_OPS_USER: "",
      NATS_USER: "u",
      NATS_PASSWORD: "p"
    }
    const expected = { ...server, user: "u", pass: "p" }
    assert.deepStrictEqual(connectionOf(tickIdentity(env), server), expected)
    assert.deepStrictEqual(connectionOf(opsIdentity(env), server), expected)
    assert.isUndefined(tickIdentity(env).url)
    const decoded = { ...env, NATS_PORT: 4222 }
    assert.deepStrictEqual(connectionOf(tickIdentity(decoded), server), expected)
  })

  it("are never mixed: an identity for ops has all credentials and an inbox of its own", () => {
    const env = { NATS_NKEY_FILE: "d.nk", NATS_INBOX_PREFIX: "_A", NATS_TLS_CA: "ca", NATS_OPS_USER: "o" }
    assert.deepStrictEqual(connectionOf(opsIdentity(env), server), { ...server, user: "o", tls: { caFile: "ca" } })
    const named = { ...env, NATS_OPS_URL: "tls://o", NATS_OPS_NKEY_FILE: "o.nk", NATS_OPS_INBOX_PREFIX: "_B" }
    const { nkeyFile, inboxPrefix, url } = opsIdentity(named)
    assert.deepStrictEqual([nkeyFile, inboxPrefix, url], ["o.nk", "_B", "tls://o"])
    assert.strictEqual(tickIdentity(named).nkeyFile, "d.nk")
  })
})
