// The way back of a bad night: a snapshot that is cut, that holds a password, or that starts another program than it
// says would be found out at the worst moment.
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { variables as declared } from "../../../src/app/env/variables.ts"
import { programFault, programIn } from "../../../src/ops/adapters/process/program-version.ts"
import {
  changedSecrets,
  contentOf,
  hashOfContent,
  newSalt,
  restoredVariables
} from "../../../src/ops/adapters/process/snapshot-content.ts"
import { readSnapshots, writeSnapshot } from "../../../src/ops/adapters/process/snapshot-files.ts"
import { type Snapshot, snapshotsMost } from "../../../src/ops/domain/snapshot/snapshot.ts"
import { liveSettings } from "../../support/live-settings.ts"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-snapshots-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const contentIn = (more: Partial<Snapshot> = {}): Omit<Snapshot, "number"> => ({
  version: 1,
  atMs: 1,
  run: "start-1",
  command: "start",
  window: "day",
  profile: "live",
  config: "primary",
  program: { folder, version: "0.1.0", commit: null },
  workingDir: folder,
  settings: "s1",
  values: { TICKD_INSTANCE: "one" },
  secrets: [],
  salt: "salt",
  hash: "h1",
  ...more
})

describe("the files of snapshots", () => {
  const kept = () => join(folder, "run", "snapshots")
  const write = (more: Partial<Snapshot> = {}) => writeSnapshot(join(folder, "run"), contentIn(more))
  const read = () => readSnapshots(join(folder, "run"))

  it("are the last twenty, each with a number of its own, for their owner only", () => {
    assert.deepStrictEqual(read(), { snapshots: [], unreadable: [] })
    for (let number = 1; number <= snapshotsMost + 5; number++) assert.strictEqual(write().number, number)
    const { snapshots } = read()
    assert.lengthOf(snapshots, snapshotsMost)
    assert.deepStrictEqual([snapshots[0]?.number, snapshots.at(-1)?.number], [snapshotsMost + 5, 6])
    assert.strictEqual(statSync(kept()).mode & 0o777, 0o700)
    for (const name of readdirSync(kept())) assert.strictEqual(statSync(join(kept(), name)).mode & 0o777, 0o600)
  })

  it("are whole: what a killed tool has left of one is no snapshot, and disturbs nothing", () => {
    write()
    writeFileSync(join(kept(), ".snapshot.new"), '{"version":1,"num')
    assert.lengthOf(read().snapshots, 1)
    assert.strictEqual(write().number, 2)
    assert.lengthOf(readdirSync(kept()), 2)
  })

  it("are named when they are damaged, and a new one never takes their number", () => {
    write()
    writeFileSync(join(kept(), "000002.json"), "{")
    writeFileSync(join(kept(), "000003.json"), readFileSync(join(kept(), "000001.json")))
    assert.strictEqual(write().number, 4)
    const { snapshots, unreadable } = read()
    assert.deepStrictEqual(
      snapshots.map(({ number }) => number),
      [4, 1]
    )
    assert.deepStrictEqual(unreadable, [join(kept(), "000003.json"), join(kept(), "000002.json")])
  })
})

describe("what a snapshot holds", () => {
  const variables = {
    PATH: "/usr/bin",
    CTP_PRIMARY_USER_ID: "0123456789",
    CTP_PRIMARY_PASSWORD: "s3cret-Pa55",
    NATS_URL: "nats://ops:0ther-s3cret@127.0.0.1:4222",
    TICKD_INSTANCE: "one",
    TICKD_RUN_DIR: "run",
    TICKD_NOTIFY_SLACK_URL: "https://slack.example/s3cret"
  }
  const settings = liveSettings({ declared, variables })
  const environment = { CTP_PRIMARY_USER_ID: "0123456789", NATS_URL: variables.NATS_URL, TICKD_INSTANCE: "one" }
  const salt = newSalt()
  const credentials = new Map([["CTP_PRIMARY_PASSWORD", "s3cret-Pa55"]])
  const content = contentOf(settings, environment, credentials, salt)
  const whole: Snapshot = { ...contentIn({ ...content, salt }), number: 3 }

  it("is every value, and of a secret its name, its source and a salted hash", () => {
    assert.deepStrictEqual(content.values, { CTP_PRIMARY_USER_ID: "0123456789", TICKD_INSTANCE: "one" })
    assert.deepStrictEqual(
      content.secrets.map(({ name, source }) => `${name} ${source}`),
      ["CTP_PRIMARY_PASSWORD CTP_PRIMARY_PASSWORD", "NATS_URL NATS_URL"]
    )
    assert.notMatch(JSON.stringify(whole), /s3cret/)
    const other = contentOf(settings, environment, credentials, newSalt())
    assert.notStrictEqual(other.secrets[0]?.hash, content.secrets[0]?.hash)
    assert.deepStrictEqual(contentOf(settings, environment, credentials, salt), content)
  })

  it("has a hash of its own for each change, and none for another source of the same secret", () => {
    const { program, workingDir } = whole
    const hash = hashOfContent({ ...content, program, workingDir })
    const file = liveSettings({ declared, variables: { CTP_PRIMARY_PASSWORD_FILE: "/secret" } })
    const moved = contentOf(file, environment, credentials, salt)
    assert.strictEqual(moved.secrets[0]?.source, "CTP_PRIMARY_PASSWORD_FILE /secret")
    assert.strictEqual(hashOfContent({ ...moved, program, workingDir }), hash)
    for (const changed of [
      { ...content, program: { ...program, version: "0.2.0" }, workingDir },
      { ...content, program: { ...program, commit: "abc" }, workingDir },
      { ...content, program, workingDir: "/" },
      { ...content, values: { TICKD_INSTANCE: "two" }, program, workingDir },
      { ...contentOf(settings, environment, new Map([["CTP_PRIMARY_PASSWORD", "x"]]), salt), program, workingDir }
    ]) {
      assert.notStrictEqual(hashOfContent(changed), hash)
    }
  })

  it("gives its values back, with the present secrets, and names those that have changed", () => {
    const present = liveSettings({
      declared,
      variables: {
        ...variables,
        CTP_PRIMARY_USER_ID: "777",
        CTP_PRIMARY_PASSWORD: "new-s3cret",
        CTP_BACKUP_USER_ID: "888",
        CTP_BACKUP_PASSWORD: "backup-s3cret",
        TICKD_INSTANCE: "two",
        TICKD_RUN_DIR: "elsewhere"
      }
    })
    assert.deepStrictEqual(restoredVariables(present, whole), {
      PATH: "/usr/bin",
      CTP_PRIMARY_USER_ID: "0123456789",
      CTP_PRIMARY_PASSWORD: "new-s3cret",
      NATS_URL: variables.NATS_URL,
      TICKD_INSTANCE: "one",
      TICKD_RUN_DIR: "elsewhere",
      TICKD_NOTIFY_SLACK_URL: variables.TICKD_NOTIFY_SLACK_URL
    })
    assert.deepStrictEqual(changedSecrets(settings, whole), [])
    assert.deepStrictEqual(changedSecrets(present, whole), [
      "CTP_PRIMARY_PASSWORD has changed since snapshot 3: the present secret is used"
    ])
    assert.deepStrictEqual(changedSecrets(liveSettings({ declared, variables: {} }), whole), [
      "CTP_PRIMARY_PASSWORD was set in snapshot 3 and is not set now",
      "NATS_URL was set in snapshot 3 and is not set now"
    ])
  })
})

describe("the program of a snapshot", () => {
  const install = (version: string) => {
    mkdirSync(join(folder, "src", "app"), { recursive: true })
    writeFileSync(join(folder, "src", "app", "tickd.mjs"), "")
    writeFileSync(join(folder, "package.json"), JSON.stringify({ version }))
  }
  const git = (...args: ReadonlyArray<string>) =>
    execFileSync("git", ["-C", folder, "-c", "user.name=t", "-c", "user.email=t@example", ...args], { stdio: "ignore" })
  const fault = (commit: string | null = null) =>
    programFault({ number: 3, program: { folder, version: "0.1.0", commit } })

  it("is refused when its folder is gone, or has another version", () => {
    assert.match(fault() ?? "", /^Snapshot 3 ran tickd 0\.1\.0 of .*, which is gone: .*--to\.$/)
    install("0.2.0")
    assert.match(fault() ?? "", /, where 0\.2\.0 is now: install 0\.1\.0 there/)
    install("0.1.0")
    assert.isUndefined(fault())
    assert.deepStrictEqual(programIn(folder), { folder, version: "0.1.0", commit: null })
  })

  it("is refused when its checkout is at another commit, with the command that brings it back", () => {
    install("0.1.0")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "one")
    const commit = programIn(folder)?.commit
    assert.match(commit ?? "", /^[0-9a-f]{40}$/)
    assert.isUndefined(fault(commit))
    git("commit", "-q", "--allow-empty", "-m", "two")
    assert.include(fault(commit), `run 'git -C ${folder} checkout ${commit}'`)
    assert.isUndefined(fault(null))
  })
})
