// A misspelt variable has no effect and no error: at 21:00 the setting that an operator relies on is missing.
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { variableNames } from "../../../../src/app/env/variables.ts"
import { environmentNames } from "../../../../src/market/config/config-variables.ts"
import { editsBetween, quotedVariables, unknownVariables } from "../../../../src/market/config/unknown-variables.ts"

const root = fileURLToPath(new URL("../../../../", import.meta.url))
const namesIn = (path: string, pattern: RegExp) =>
  [...readFileSync(join(root, path), "utf8").matchAll(pattern)].map((match) => match[1] ?? "")
const asSet = (names: ReadonlyArray<string>) => Object.fromEntries(names.map((name) => [name, "1"]))

it("U9: names a misspelt variable and the nearest one", () => {
  assert.deepStrictEqual(
    unknownVariables(
      asSet(["TICK_QUEUE_MAXSZE", "TCIK_WINDOW", "NATS_URI", "CTP_PRIMARY_TRADER_ADRESS", "TICK_QUEUE_MAXSIZE"])
    ),
    [
      "CTP_PRIMARY_TRADER_ADRESS is not a variable of tickd and has no effect: see docs/reference/config.md.",
      "NATS_URI is not a variable of tickd and has no effect: did you mean NATS_URL?",
      "TCIK_WINDOW is not a variable of tickd and has no effect: did you mean TICK_WINDOW?",
      "TICK_QUEUE_MAXSZE is not a variable of tickd and has no effect: did you mean TICK_QUEUE_MAXSIZE?"
    ]
  )
})

it("U9: names a variable in small letters, and a misspelt port", () => {
  assert.deepStrictEqual(
    unknownVariables(
      asSet(["tick_window", "Tickd_Instruments", "ctp_primary_pasword", "INGEST_METRIC_PORT", "nats_ur"])
    ),
    [
      "INGEST_METRIC_PORT is not a variable of tickd and has no effect: did you mean INGEST_METRICS_PORT?",
      "Tickd_Instruments is not a variable of tickd and has no effect: did you mean TICKD_INSTRUMENTS?",
      "ctp_primary_pasword is not a variable of tickd and has no effect: did you mean CTP_PRIMARY_PASSWORD?",
      "tick_window is not a variable of tickd and has no effect: did you mean TICK_WINDOW?"
    ]
  )
})

it("U9: names a value that an env file left in quotes, and does not repeat it", () => {
  const said = quotedVariables({
    CTP_PRIMARY_USER_ID: '"u1"',
    CTP_PRIMARY_PASSWORD: "'S3CRET' ",
    TICKD_STATE_DIR: "/var/lib/tickd",
    TICKD_INSTRUMENTS: `rb2701,"x"`,
    OTHER: '"x"'
  })
  assert.deepStrictEqual(
    said.map((sentence) => /^The value of (\w+) begins and ends with a quote/.exec(sentence)?.[1]).sort(),
    ["CTP_PRIMARY_PASSWORD", "CTP_PRIMARY_USER_ID"]
  )
  assert.notInclude(said.join(), "S3CRET")
})

it("finds every variable with one letter less, and takes no known name for a misspelt one", () => {
  for (const name of environmentNames.filter((each) => each.length > 8)) {
    const [said] = unknownVariables({ [name.slice(0, -2) + name.slice(-1)]: "1" })
    assert.include(said, "has no effect: did you mean ", name)
  }
  const legacy = environmentNames.map((name) => name.replace("CTP_PRIMARY_", "CTP_"))
  assert.deepStrictEqual(unknownVariables(asSet([...environmentNames, ...legacy])), [])
})

it("is silent about what other programs, the pages and the scripts set", () => {
  const readElsewhere = globSync(["src/**/*.ts", "deploy/**/*.{mjs,sh}"], { cwd: root }).flatMap((path) =>
    namesIn(path, /\benv(?:\.|\[")([A-Z][A-Z\d_]{2,})\b/g)
  )
  assert.include(readElsewhere, "PUSHGATEWAY_URL")
  const ofExample = namesIn("deploy/tickd.env.example", /^#?([A-Z][A-Z\d_]+)=/gm)
  const simulated = globSync("src/market/adapters/ctp/native/**/*.{cc,h}", { cwd: root }).flatMap((path) =>
    namesIn(path, /"(TICKD_SIM_[A-Z_]+)"/g)
  )
  const others = [
    "TICKD_SERVICE_HOST",
    "TICKD_PORT",
    "TICKD_PORT_9100_TCP_ADDR",
    "LOGNAME",
    "NODE_OPTIONS",
    "SSH_AUTH_SOCK"
  ]
  assert.deepStrictEqual(unknownVariables(asSet([...readElsewhere, ...ofExample, ...simulated, ...others])), [])
})

it("judges the names of other contexts where they are given, as a start of the daemon does", () => {
  const misspelt = asSet(["TICKD_NOTIFY_SLAK_URL", "TICKD_RETENTION_LOG_DAY", "TICKD_RUN_DIR"])
  assert.deepStrictEqual(unknownVariables(misspelt), [])
  assert.deepStrictEqual(unknownVariables(misspelt, ["TICKD_NOTIFY_SLACK_URL", "TICKD_RUN_DIR"]), [
    "TICKD_NOTIFY_SLAK_URL is not a variable of tickd and has no effect: did you mean TICKD_NOTIFY_SLACK_URL?",
    "TICKD_RETENTION_LOG_DAY is not a variable of tickd and has no effect: see docs/reference/config.md."
  ])
  assert.deepStrictEqual(unknownVariables(asSet(variableNames), variableNames), [])
})

it("counts an exchange of two letters as one edit", () => {
  assert.strictEqual(editsBetween("TICK", "TICK"), 0)
  assert.strictEqual(editsBetween("TCIK", "TICK"), 1)
  assert.strictEqual(editsBetween("", "TICK"), 4)
  assert.strictEqual(editsBetween("NATS_PROT", "NATS_PORT"), 1)
})
