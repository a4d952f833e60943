// A failover with half a backup login must be refused before anything is touched, by the names that are missing.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { missingBackup, runConfiguration } from "../../../../src/app/live/run-configuration.ts"
import { libraryFault } from "../../../../src/app/live/vendor-library.ts"
import { Configuration } from "../../../../src/ops/ports/configuration.ts"
import { nativeFolder } from "../../../support/cli-process.ts"
import { usualLibrary } from "../../../support/native-worker.ts"

const primary = {
  CTP_MD_LIBRARY: usualLibrary,
  CTP_PRIMARY_MD_ADDRESS: "tcp://127.0.0.1:1",
  CTP_PRIMARY_BROKER_ID: "9999",
  CTP_PRIMARY_USER_ID: "0123456789",
  CTP_PRIMARY_PASSWORD: "s3cret-Pa55"
}
const backup = {
  CTP_BACKUP_MD_ADDRESS: "tcp://127.0.0.1:2",
  CTP_BACKUP_BROKER_ID: "8888",
  CTP_BACKUP_USER_ID: "9876543210",
  CTP_BACKUP_PASSWORD: "0ther-s3cret"
}
const start = { command: "start", window: "day", profile: "dev", config: "primary" }
const checked = (env: Readonly<Record<string, string>>, request: object = {}) =>
  Effect.flatMap(Configuration, ({ check }) => check({ ...start, ...request } as never)).pipe(
    Effect.provide(runConfiguration(env, () => undefined))
  )

it.effect("a right configuration gives what the proofs read", () =>
  Effect.gen(function* () {
    const one = yield* checked({ ...primary, TICKD_MARKET_HOURS: "always", TICK_STREAM: "OTHER" })
    assert.isTrue(one.alwaysOpen)
    assert.strictEqual(one.streams[0]?.name, "OTHER")
    assert.isUndefined(one.libraryFault)
    const two = yield* checked({ ...primary, ...backup })
    assert.isFalse(two.alwaysOpen)
    assert.strictEqual(two.shmBytes, 2 * one.shmBytes)
  })
)

it.effect("a switch to the backup feed wants its whole login, and names what is missing first", () =>
  Effect.gen(function* () {
    const { CTP_BACKUP_USER_ID: _, ...half } = backup
    for (const request of [{ command: "failover", config: "backup" }, { command: "drill" }, { config: "backup" }]) {
      const none = yield* Effect.flip(checked(primary, request))
      assert.match(none.faults[0] ?? "", /^Missing backup variables: CTP_BACKUP_MD_ADDRESS, CTP_BACKUP_BROKER_ID, /)
      const part = yield* Effect.flip(checked({ ...primary, ...half }, request))
      assert.deepStrictEqual(part.faults, [
        "Missing backup variables: CTP_BACKUP_USER_ID",
        "Backup credential profile incomplete"
      ])
    }
    assert.deepStrictEqual((yield* checked(primary, { command: "failback" })).warnings, [])
    const file = { ...half, CTP_BACKUP_USER_ID: "1", CTP_BACKUP_PASSWORD: "", CTP_BACKUP_PASSWORD_FILE: "/run/x" }
    assert.deepStrictEqual(missingBackup(file), [])
  })
)

it.effect("every fault is in one answer, and none repeats a secret", () =>
  Effect.gen(function* () {
    const { CTP_PRIMARY_USER_ID: _, ...half } = primary
    const { faults, message } = yield* Effect.flip(checked({ ...half, NATS_PORT: "many", TICK_SERIALIZER: "xml" }))
    for (const name of ["CTP_PRIMARY_USER_ID", "NATS_PORT", "TICK_SERIALIZER"]) assert.include(message, name)
    assert.isAtLeast(faults.length, 3)
    assert.notInclude(message, "s3cret")
  })
)

it("a library is readable, of this system, for market data and of a known version", () => {
  const of = (name: string) => libraryFault(join(nativeFolder, name))
  assert.isUndefined(libraryFault(usualLibrary))
  assert.isUndefined(of("libtickd_sim_md_63.so"))
  assert.match(String(of("libtickd_sim_md_69.so")), /is version v6\.9\.0_tickd_sim, which is not supported/)
  assert.match(String(of("libtickd_sim_td_65.so")), /is not a CTP market-data library/)
  assert.match(String(of("absent.so")), /cannot be read \(ENOENT\)/)
  const folder = mkdtempSync(join(tmpdir(), "tickd-library-"))
  writeFileSync(join(folder, "x.so"), "text")
  assert.match(String(libraryFault(join(folder, "x.so"))), /is no library of this system/)
  rmSync(folder, { recursive: true })
})
