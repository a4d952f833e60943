// At night an operator asks where a value comes from: the file, the shell, or the default.
import { assert, it } from "@effect/vitest"
import { differencesOf } from "../../../../src/app/env/diff.ts"
import { shownVariable } from "../../../../src/app/env/show.ts"
import { variableOf } from "../../../../src/app/env/variables.ts"
import { parseEnvFile } from "../../../../src/platform/process/env-file.ts"
import type { Variable } from "../../../../src/platform/process/variable.ts"

const shown = (name: string, env: Record<string, string>) => {
  const { source, value } = shownVariable(variableOf(name) as Variable, env, undefined)
  return `${value} ${source}`
}

it("shows a value under another name with that name, and a blank one as not set", () => {
  assert.strictEqual(shown("CTP_PRIMARY_BROKER_ID", { CTP_BROKER_ID: "9999" }), "9999 environment (CTP_BROKER_ID)")
  assert.strictEqual(shown("CTP_ROUTE_SELECTOR", { ACTIVE_FEED: "backup" }), "backup environment (ACTIVE_FEED)")
  assert.strictEqual(shown("TICK_WINDOW", { TICK_WINDOW: " " }), "2048 default")
  assert.strictEqual(shown("TICKD_INSTANCE", {}), "the host's name default")
  assert.strictEqual(shown("CTP_PRIMARY_PASSWORD", {}), "null not set")
})

it("compares values, not lines, and hides what is not declared", () => {
  const first = parseEnvFile("A_TOKEN=S3CRET\nLOG_LEVEL=INFO\nTICK_WINDOW='16'\n")
  const second = parseEnvFile("# other\nTICK_WINDOW=16\nA_TOKEN=OTHER\n")
  assert.deepStrictEqual(differencesOf(first, second), [
    { name: "A_TOKEN", first: "***", second: "***" },
    { name: "LOG_LEVEL", first: "INFO", second: null }
  ])
})
