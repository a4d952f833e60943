// A daemon must never read half a secret, and a rotation that was undone must leave the former one for the next start.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { variables as declared } from "../../../../../src/app/env/variables.ts"
import { leftRotations, replaceLoginSecrets } from "../../../../../src/ops/adapters/nats/login-secrets.ts"
import { liveSettings } from "../../../../support/live-settings.ts"

const root = mkdtempSync(join(tmpdir(), "tickd-secrets-"))
afterAll(() => rmSync(root, { recursive: true }))
let runs = 0

const setUp = (variables: Readonly<Record<string, string>>) => {
  const runDir = join(root, String(runs++))
  const folder = join(runDir, "credentials")
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const feed of ["PRIMARY", "BACKUP"]) writeFileSync(join(folder, `CTP_${feed}_PASSWORD`), `old ${feed}`)
  const read = (name: string) => readFileSync(join(folder, name), "utf8")
  return { folder, read, settings: liveSettings({ declared, variables, runDir }) }
}

it.effect("replaces the secrets of one feed, mode 0600, and keeps the former until the login is proved", () =>
  Effect.gen(function* () {
    const { folder, read, settings } = setUp({ CTP_BACKUP_PASSWORD: "new", CTP_PRIMARY_PASSWORD: "other" })
    const replaced = yield* replaceLoginSecrets(settings, "backup")
    assert.strictEqual(read("CTP_BACKUP_PASSWORD"), "new")
    assert.strictEqual(read("CTP_PRIMARY_PASSWORD"), "old PRIMARY")
    assert.strictEqual(statSync(join(folder, "CTP_BACKUP_PASSWORD")).mode & 0o777, 0o600)
    yield* replaced.bringBack
    assert.strictEqual(read("CTP_BACKUP_PASSWORD"), "old BACKUP")
    yield* (yield* replaceLoginSecrets(settings, "backup")).keep
    assert.strictEqual(read("CTP_BACKUP_PASSWORD"), "new")
    assert.deepStrictEqual(readdirSync(folder).sort(), ["CTP_BACKUP_PASSWORD", "CTP_PRIMARY_PASSWORD"])
  })
)

it.effect("brings back the text that was proved, also after a run that was killed between the two", () =>
  Effect.gen(function* () {
    const { read, settings } = setUp({ CTP_BACKUP_PASSWORD: "wrong" })
    yield* replaceLoginSecrets(settings, "backup")
    yield* (yield* replaceLoginSecrets(settings, "backup")).bringBack
    assert.strictEqual(read("CTP_BACKUP_PASSWORD"), "old BACKUP")
  })
)

it.effect("takes the text of a secret file before the variable, and says when it cannot be read", () =>
  Effect.gen(function* () {
    const file = join(root, "secret")
    writeFileSync(file, "of file")
    const both = setUp({ CTP_BACKUP_PASSWORD: "of variable", CTP_BACKUP_PASSWORD_FILE: file })
    yield* replaceLoginSecrets(both.settings, "backup")
    assert.strictEqual(both.read("CTP_BACKUP_PASSWORD"), "of file")
    const absent = setUp({ CTP_BACKUP_PASSWORD_FILE: join(root, "absent") })
    const failed = yield* Effect.flip(replaceLoginSecrets(absent.settings, "backup"))
    assert.strictEqual(failed.code, "SECRET_FILE")
    assert.strictEqual(absent.read("CTP_BACKUP_PASSWORD"), "old BACKUP")
  })
)

it.effect("writes nothing for a daemon that reads other files", () =>
  Effect.gen(function* () {
    const { folder, settings } = setUp({ CTP_BACKUP_PASSWORD: "new" })
    rmSync(folder, { recursive: true })
    yield* (yield* replaceLoginSecrets(settings, "backup")).keep
    assert.isFalse(existsSync(folder))
  })
)

it.effect("finds what a killed rotation has left: the text that was proved is brought back, or forgotten", () =>
  Effect.gen(function* () {
    const { folder, read, settings } = setUp({ CTP_BACKUP_PASSWORD: "new", CTP_PRIMARY_PASSWORD: "other" })
    const former = join(settings.runDir, "rotation")
    assert.deepStrictEqual(yield* leftRotations(settings), [])
    for (const feed of ["primary", "backup"] as const) yield* replaceLoginSecrets(settings, feed)
    const left = yield* leftRotations(settings)
    assert.deepStrictEqual(
      left.map(({ feed }) => feed),
      ["primary", "backup"]
    )
    for (const { bringBack, feed, keep } of left) yield* feed === "primary" ? bringBack : keep
    assert.deepStrictEqual([read("CTP_PRIMARY_PASSWORD"), read("CTP_BACKUP_PASSWORD")], ["old PRIMARY", "new"])
    assert.deepStrictEqual(readdirSync(former), [])
    // Killed before the new text was written: nothing is to be asked.
    writeFileSync(join(former, "CTP_BACKUP_PASSWORD"), "new")
    writeFileSync(join(former, "CTP_BACKUP_PASSWORD.new"), "ne")
    assert.deepStrictEqual(yield* leftRotations(settings), [])
    assert.deepStrictEqual(readdirSync(former), [])
    // A stop has removed the daemon's own files.
    writeFileSync(join(former, "CTP_BACKUP_PASSWORD"), "old")
    rmSync(folder, { recursive: true })
    for (const { bringBack } of yield* leftRotations(settings)) yield* bringBack
    assert.strictEqual(read("CTP_BACKUP_PASSWORD"), "old")
  })
)
