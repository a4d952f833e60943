// Operators keep servers and credentials in contexts of the nats command: the right one must be used completely.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readContext, withContext } from "../../../../src/cli/nats/nats-context.ts"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-context-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const save = (name: string, value: unknown) =>
  writeFileSync(join(folder, `${name}.json`), typeof value === "string" ? value : JSON.stringify(value))

describe("a context of the nats command", () => {
  it.effect("stands for server, credentials and certificates; what it leaves open is not set", () =>
    Effect.gen(function* () {
      save("live", {
        description: "x",
        url: "tls://a:4222",
        nkey: "/k/ops.nk",
        ca: "/k/ca.crt",
        user: "",
        jetstream_domain: ""
      })
      assert.deepStrictEqual(yield* readContext("live", folder), {
        NATS_URL: "tls://a:4222",
        NATS_NKEY_FILE: "/k/ops.nk",
        NATS_TLS_CA: "/k/ca.crt"
      })
    })
  )

  it.effect("names files in the home of its user as the nats command does", () =>
    Effect.gen(function* () {
      save("home", { nkey: "~/keys/ops.nk", ca: "/etc/~/ca.crt", user: "~/x" })
      assert.deepStrictEqual(yield* readContext("home", folder), {
        NATS_NKEY_FILE: join(homedir(), "keys", "ops.nk"),
        NATS_TLS_CA: "/etc/~/ca.crt",
        NATS_USER: "~/x"
      })
    })
  )

  it.effect("that does not exist, is none, or needs what tickd has not is refused by name", () =>
    Effect.gen(function* () {
      save("live", { url: "nats://a:4222" })
      save("broken", "{")
      save("creds", { url: "nats://a:4222", creds: "/k/user.creds" })
      const codeOf = (name: string) =>
        Effect.map(Effect.flip(readContext(name, folder)), ({ code, message }) => [code, message])
      const [code, message] = yield* codeOf("other")
      assert.strictEqual(code, "CONTEXT_UNKNOWN")
      assert.match(String(message), /it has broken, creds, live\.$/)
      assert.strictEqual((yield* codeOf("../live"))[0], "CONTEXT_UNKNOWN")
      assert.strictEqual((yield* codeOf("broken"))[0], "CONTEXT_UNREADABLE")
      assert.match(String((yield* codeOf("creds"))[1]), /uses creds, which tickd does not/)
    })
  )

  it.effect("takes the place of the whole identity of the environment, wherever --context stands", () =>
    Effect.gen(function* () {
      mkdirSync(join(folder, "nats", "context"), { recursive: true })
      writeFileSync(join(folder, "nats", "context", "live.json"), JSON.stringify({ url: "nats://a:4222", user: "u" }))
      const env = {
        XDG_CONFIG_HOME: folder,
        NATS_URL: "nats://b:1",
        NATS_NKEY_FILE: "/k",
        NATS_OPS_USER: "x",
        HOME: "/h"
      }
      const wanted = { XDG_CONFIG_HOME: folder, HOME: "/h", NATS_URL: "nats://a:4222", NATS_USER: "u" }
      assert.deepStrictEqual(yield* withContext(env, ["--context", "live", "status"]), wanted)
      assert.deepStrictEqual(yield* withContext(env, ["status", "--context=live"]), wanted)
      assert.strictEqual(yield* withContext(env, ["status"]), env)
      assert.strictEqual(env.NATS_URL, "nats://b:1")
    })
  )
})
