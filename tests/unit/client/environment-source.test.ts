// A reader reads the variables that the daemon reads: a password that moved into a file must be found there.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { readEnvironment } from "../../../src/client/environment-source.ts"

const folder = mkdtempSync(join(tmpdir(), "tickd-reader-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
writeFileSync(join(folder, "password"), "of-file\n")

const env = { NATS_URL: "nats://h:1", NATS_USER: "u", NATS_PASSWORD: "of-variable" }

it.effect("takes the password from its file before the variable, also beside an env file", () =>
  Effect.gen(function* () {
    assert.strictEqual((yield* readEnvironment({ env })).password, "of-variable")
    const named = { ...env, NATS_PASSWORD_FILE: join(folder, "password") }
    assert.strictEqual((yield* readEnvironment({ env: named })).password, "of-file")
    const envFile = join(folder, "reader.env")
    writeFileSync(envFile, "NATS_URL=nats://h:1\nNATS_USER=u\nNATS_PASSWORD_FILE=password\n")
    assert.strictEqual((yield* readEnvironment({ envFile })).password, "of-file")
  })
)

it.effect("names a password file that cannot be read", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(readEnvironment({ env: { ...env, NATS_PASSWORD_FILE: join(folder, "none") } }))
    assert.strictEqual(error.code, "CLIENT_OPTIONS_INVALID")
    assert.match(error.message, /^NATS_PASSWORD_FILE names .*none, which cannot be read/)
  })
)
