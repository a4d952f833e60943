// R5 and its kind: a sentence that names a file also says what the system said, or the fix it gives does not fix it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { readContext } from "../../../../../src/cli/nats/nats-context.ts"
import { systemCodeOf } from "../../../../../src/kernel/system-fault.ts"
import { readCalendarFile } from "../../../../../src/market/adapters/calendar/calendar-file.ts"
import { secretOrFile } from "../../../../../src/market/config/contract-settings.ts"

const folder = mkdtempSync(join(tmpdir(), "tickd-causes-"))
afterAll(() => rmSync(folder, { recursive: true }))

it("R5: a secret's file that is a folder is said to be one", () => {
  assert.throws(() => secretOrFile(undefined, folder, "CTP_PRIMARY_PASSWORD", 40), /CTP_PRIMARY_PASSWORD_FILE .*EISDIR/)
})

it.effect("R5: a folder of contexts that cannot be listed is not the same as one without the context", () =>
  Effect.gen(function* () {
    const file = join(folder, "plain")
    writeFileSync(file, "")
    const unreadable = yield* Effect.flip(readContext("ops", file))
    assert.deepInclude(unreadable, { code: "CONTEXT_UNREADABLE" })
    assert.include(unreadable.message, "ENOTDIR")
    assert.deepInclude(yield* Effect.flip(readContext("ops", join(folder, "none"))), { code: "CONTEXT_UNKNOWN" })
  })
)

it.effect("R5: a calendar that is no JSON says where it is none", () =>
  Effect.gen(function* () {
    const file = join(folder, "2027.json")
    writeFileSync(file, '{"years": [}')
    const { message } = yield* Effect.flip(readCalendarFile(file))
    assert.match(message, /is not JSON \(Unexpected token/)
  })
)

it("R5: any cause has words", () => {
  assert.strictEqual(systemCodeOf(Object.assign(new Error("x"), { code: "EACCES" })), "EACCES")
  assert.strictEqual(systemCodeOf(new Error("no code")), "no code")
  assert.strictEqual(systemCodeOf(undefined), "undefined")
})
