// An operator corrects an env file in one pass: every fault is listed at once, with its line and its fix.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import { readEnvFile } from "../../../../src/app/env/environment.ts"
import { findingsOf, type ValidateOptions } from "../../../../src/app/env/findings.ts"

const folder = mkdtempSync(join(tmpdir(), "tickd-env-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, "live.env")

const right = [
  "CTP_MD_LIBRARY=/opt/md.so",
  "CTP_PRIMARY_MD_ADDRESS=tcp://front.example:41213",
  "CTP_PRIMARY_BROKER_ID=9999",
  "CTP_PRIMARY_USER_ID=12345678",
  "CTP_PRIMARY_PASSWORD=S3CRET"
]
const live: ValidateOptions = { profile: "live", requireBackup: false }
const found = (lines: ReadonlyArray<string>, options = live, env: Record<string, string> = {}, mode = 0o600) => {
  rmSync(path, { force: true })
  writeFileSync(path, lines.join("\n"), { mode })
  const findings = findingsOf(env, readEnvFile(path), options)
  assert.notInclude(JSON.stringify(findings), "S3CRET")
  return findings
}
const short = (findings: ReturnType<typeof found>) =>
  findings.map(({ code, line, severity, variable }) => `${severity} ${code} ${variable ?? "-"} ${line ?? "-"}`)

it("finds nothing in a right file", () => {
  assert.deepStrictEqual(found(right), [])
})

it("lists every fault at once, faults first, and masks what it shows", () => {
  const lines = [
    "CTP_PRIMARY_MD_ADDRESS=http://front.example:1",
    "CTP_PRIMARY_USER_ID=1234567890123456",
    "TICK_WINDOW=7",
    "TICK_WNDOW=2048",
    "CTP_PRIMARY_PASSWORD='S3CRET'",
    "CTP_BACKUP_BROKER_ID=1",
    "CTP_FOO=1"
  ]
  const findings = found(lines)
  assert.deepStrictEqual(short(findings), [
    "fault ENV_UNKNOWN TICK_WNDOW 4",
    "fault ENV_INVALID TICK_WINDOW 3",
    "fault ENV_INVALID CTP_PRIMARY_MD_ADDRESS 1",
    "fault ENV_INVALID CTP_PRIMARY_USER_ID 2",
    "fault ENV_BACKUP_INCOMPLETE CTP_BACKUP_MD_ADDRESS -",
    "fault ENV_MISSING CTP_MD_LIBRARY -",
    "fault ENV_MISSING CTP_PRIMARY_BROKER_ID -",
    "warning ENV_QUOTES CTP_PRIMARY_PASSWORD 5",
    "warning ENV_UNKNOWN CTP_FOO 7"
  ])
  const text = JSON.stringify(findings)
  assert.notInclude(text, "1234567890123456")
  assert.include(text, "1234...56")
  assert.include(text, "is TICK_WINDOW meant?")
  assert.isTrue(findings.every(({ fix, message }) => fix !== "" && message !== ""))
})

it("requires a second feed on request only, and nothing for a mock", () => {
  assert.deepStrictEqual(short(found(right, { ...live, requireBackup: true })), ["fault ENV_BACKUP_REQUIRED - -"])
  assert.deepStrictEqual(short(found([], { ...live, profile: "mock" })), [])
  assert.deepStrictEqual(short(found(["TICK_WINDOW=x"], { ...live, profile: "mock" })), [
    "fault ENV_INVALID TICK_WINDOW 1"
  ])
})

it("checks forms and names of the other contexts too", () => {
  const lines = [
    ...right,
    "TICKD_RETENTION_INCIDENT_DAYS=0",
    "TICKD_RETENTION_INCIDENT_DAY=9",
    "TICKD_NOTIFY_SLACK_URL=https://h/S3CRET"
  ]
  const findings = found(lines)
  assert.deepStrictEqual(short(findings), [
    "fault ENV_UNKNOWN TICKD_RETENTION_INCIDENT_DAY 7",
    "fault ENV_INVALID TICKD_RETENTION_INCIDENT_DAYS 6"
  ])
  assert.include(findings[0]?.fix, "is TICKD_RETENTION_INCIDENT_DAYS meant?")
  assert.include(findings[1]?.allowed, "between 1 and 3650")
})

it("names a file of NATS that cannot be read", () => {
  const lines = [...right, "NATS_NKEY_FILE=/nowhere/daemon.nk", `NATS_TLS_CA=${folder}`]
  assert.deepStrictEqual(short(found(lines)), ["fault ENV_INVALID NATS_NKEY_FILE 6"])
})

it("warns of secrets that others can read, and of values that come from the shell", () => {
  assert.deepStrictEqual(short(found(right, live, { NATS_URL: "nats://u:S3CRET@h:1" }, 0o644)), [
    "warning ENV_MODE - -",
    "warning ENV_ELSEWHERE NATS_URL -"
  ])
})

it("refuses for a real market what only a simulated one has", () => {
  const lines = [
    ...right.filter((line) => !line.includes("ADDRESS")),
    "CTP_PRIMARY_MD_ADDRESS=bench://1:1:1",
    "TICKD_MARKET_HOURS=always"
  ]
  assert.deepStrictEqual(short(found(lines)), [
    "fault ENV_NOT_LIVE CTP_PRIMARY_MD_ADDRESS -",
    "warning ENV_NOT_LIVE TICKD_MARKET_HOURS -"
  ])
  assert.deepStrictEqual(short(found(lines, { ...live, profile: "dev" })), [])
})

it("reports a file that is not there, and nothing else", () => {
  const [only, ...others] = findingsOf({}, readEnvFile(join(folder, "none.env")), live)
  assert.deepStrictEqual(others, [])
  assert.include(only?.message, `environment_file_missing path=${folder}/none.env`)
})
