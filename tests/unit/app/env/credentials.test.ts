// A secret must come from the safest place that has it: a credential of systemd, then a file, then a variable.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { withCredentials } from "../../../../src/app/env/credentials.ts"
import { shownVariable } from "../../../../src/app/env/show.ts"
import { variableOf } from "../../../../src/app/env/variables.ts"
import { readConfig } from "../../../../src/market/config/config.ts"
import { clientOptions } from "../../../../src/platform/nats/connect.ts"
import { connectionOf, opsIdentity, tickIdentity } from "../../../../src/platform/nats/nats-settings.ts"
import type { Variable } from "../../../../src/platform/process/variable.ts"

const folder = mkdtempSync(join(tmpdir(), "tickd-credentials-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), `${text}\n`, { mode: 0o600 })
  return join(folder, name)
}
const credential = file("CTP_PRIMARY_PASSWORD", "of-credential")
file("NATS_OPS_PASSWORD", "of-ops-credential")
const other = file("password", "of-file")
const login = {
  CTP_MD_LIBRARY: "/opt/md.so",
  CTP_PRIMARY_MD_ADDRESS: "tcp://h:1",
  CTP_PRIMARY_BROKER_ID: "1",
  CTP_PRIMARY_USER_ID: "u"
}
const passwordOf = (env: Record<string, string>) =>
  Effect.map(readConfig(withCredentials({ ...login, ...env })), ({ ctp }) => ctp.profiles[0].password.reveal())

it.effect("takes the CTP password from credential, file, variable, in this order", () =>
  Effect.gen(function* () {
    const all = { CTP_PRIMARY_PASSWORD: "of-variable", CTP_PRIMARY_PASSWORD_FILE: other, CREDENTIALS_DIRECTORY: folder }
    assert.strictEqual(yield* passwordOf(all), "of-credential")
    assert.strictEqual(yield* passwordOf({ ...all, CREDENTIALS_DIRECTORY: "/nowhere" }), "of-file")
    assert.strictEqual(yield* passwordOf({ CTP_PRIMARY_PASSWORD: "of-variable" }), "of-variable")
  })
)

it("takes the NATS password from its file first, and keeps the two planes apart", () => {
  const env = { NATS_USER: "u", NATS_PASSWORD: "of-variable", NATS_PASSWORD_FILE: other, NATS_OPS_USER: "ops" }
  const server = { url: "nats://h:1", name: "test" }
  const passOf = (identity: Parameters<typeof connectionOf>[0]) => clientOptions(connectionOf(identity, server)).pass
  assert.strictEqual(passOf(tickIdentity(env)), "of-file")
  assert.strictEqual(passOf(opsIdentity(env)), undefined)
  assert.strictEqual(
    passOf(opsIdentity(withCredentials({ ...env, CREDENTIALS_DIRECTORY: folder }))),
    "of-ops-credential"
  )
  assert.strictEqual(passOf(opsIdentity({ NATS_USER: "u", NATS_PASSWORD_FILE: other })), "of-file")
  assert.throws(
    () => passOf(tickIdentity({ NATS_USER: "u", NATS_PASSWORD_FILE: file("empty", "") })),
    /holds no password/
  )
})

it("shows that a credential is used, and not the variable behind it", () => {
  const env = withCredentials({ CTP_PRIMARY_PASSWORD: "S3CRET", CREDENTIALS_DIRECTORY: folder })
  const shown = (name: string) => shownVariable(variableOf(name) as Variable, env, undefined)
  assert.deepStrictEqual(shown("CTP_PRIMARY_PASSWORD_FILE"), {
    name: "CTP_PRIMARY_PASSWORD_FILE",
    value: credential,
    source: "credential"
  })
  assert.strictEqual(shown("CTP_PRIMARY_PASSWORD").source, "not set")
})
