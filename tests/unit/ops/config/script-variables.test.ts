// Cron files of the reference service set variables instead of flags. One that was ignored would start the wrong thing.
import { assert, describe, it } from "@effect/vitest"
import { scriptArguments, scriptSection } from "../../../../src/ops/config/script-variables.ts"

const wordsOf = (env: Readonly<Record<string, string>>, ...words: ReadonlyArray<string>) =>
  scriptArguments(words, env).words.join(" ")

describe("variables of start_live_env.sh", () => {
  it("stand for the flags that the command line does not give", () => {
    const env = { WINDOW: "night", PROFILE: "dev", CONFIG: "backup", ENV_FILE: "a.env", MOCK_MODE: "1", DEBUG: "true" }
    assert.strictEqual(wordsOf(env), "--window night --profile dev --config backup --env-file a.env --mock --debug")
    assert.strictEqual(wordsOf({ WINDOW: "night" }, "--window", "day"), "--window day")
    assert.strictEqual(wordsOf({ MOCK_MODE: "1", ORCH_TEST_MODE: "mock" }, "--mock"), "--mock")
    assert.strictEqual(wordsOf({ MOCK_MODE: "1", ORCH_TEST_MODE: "mock" }), "--mock")
    assert.strictEqual(wordsOf({ ORCH_TEST_MODE: "mock" }), "--mock")
  })

  it("never turn a mock run into a real one by their spelling, and a real one into a mock by 0", () => {
    assert.strictEqual(wordsOf({ MOCK_MODE: "yes" }), "--mock")
    for (const off of ["", "0", "false", " "]) assert.strictEqual(wordsOf({ MOCK_MODE: off }), "")
    for (const other of ["app:*", "0", ""]) assert.strictEqual(wordsOf({ DEBUG: other }), "")
  })

  it("leave the feed to a command that names its own", () => {
    for (const flag of ["--failover", "--failback", "--drill"]) {
      assert.strictEqual(wordsOf({ CONFIG: "primary" }, flag), flag)
    }
    assert.strictEqual(wordsOf({ CONFIG: "backup" }, "--restart"), "--restart --config backup")
  })

  it("are named when they count, and all of them are declared", () => {
    const env = Object.fromEntries(Object.keys(scriptSection.variables).map((name) => [name, "1"]))
    const { used } = scriptArguments([], env)
    assert.deepStrictEqual(used, ["WINDOW=1", "PROFILE=1", "CONFIG=1", "ENV_FILE=1", "MOCK_MODE=1", "DEBUG=1"])
  })
})
