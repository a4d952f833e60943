// The wrong snapshot, started in a night, is a second incident: the number is the one that was asked for, and without
// one it is the last that differs from what runs.
import { assert, describe, it } from "@effect/vitest"
import {
  changeLines,
  changesBetween,
  rollbackTarget,
  runningSnapshot,
  type Snapshot
} from "../../../../../src/ops/domain/snapshot/snapshot.ts"

const snapshot = (number: number, more: Partial<Snapshot> = {}): Snapshot => ({
  version: 1,
  number,
  atMs: 0,
  run: `start-${number}`,
  command: "start",
  window: "day",
  profile: "live",
  config: "primary",
  program: { folder: "/opt/tickd", version: "0.1.0", commit: null },
  workingDir: "/srv",
  settings: `s${number}`,
  values: {},
  secrets: [],
  salt: "salt",
  hash: `h${number}`,
  ...more
})

describe("the snapshot of a rollback", () => {
  const all = [snapshot(4, { hash: "h2" }), snapshot(3), snapshot(2), snapshot(1)]

  it("is that of the number, and none when that is not kept", () => {
    assert.strictEqual(rollbackTarget(all, { running: all[0], to: 2 })?.number, 2)
    assert.isUndefined(rollbackTarget(all, { running: all[0], to: 9 }))
  })

  it("is the last before what runs that differs from it", () => {
    const target = (running: Snapshot | undefined) => rollbackTarget(all, { running, to: undefined })?.number
    assert.deepStrictEqual(all.map(target), [3, 2, 1, undefined])
    const same = [snapshot(3, { hash: "h" }), snapshot(2, { hash: "h" }), snapshot(1)]
    assert.strictEqual(rollbackTarget(same, { running: same[0], to: undefined })?.number, 1)
  })

  it("is none that differs in the text of a secret alone, because the present one is used", () => {
    const password = (hash: string) => [{ name: "P", source: "P", hash }]
    const rotated = [
      snapshot(3, { secrets: password("new") }),
      snapshot(2, { secrets: password("old") }),
      snapshot(1, { secrets: [] })
    ]
    assert.strictEqual(rollbackTarget(rotated, { running: rotated[0], to: undefined })?.number, 1)
  })

  it("is the newest when none of them runs", () => {
    assert.isUndefined(runningSnapshot(all, []))
    assert.isUndefined(runningSnapshot(all, ["other"]))
    assert.strictEqual(rollbackTarget(all, { running: undefined, to: undefined })?.number, 4)
    assert.isUndefined(rollbackTarget([], { running: undefined, to: undefined }))
  })

  it("knows what runs by the settings of its record, the newest first", () => {
    const twice = [snapshot(2, { settings: "s" }), snapshot(1, { settings: "s" })]
    assert.strictEqual(runningSnapshot(twice, ["s"])?.number, 2)
    // A rotation is kept by the next start: until then, the snapshot of the start is the one that runs.
    assert.strictEqual(runningSnapshot(all, ["rotated", "s2"])?.number, 2)
    assert.strictEqual(runningSnapshot(all, ["s3", "s2"])?.number, 3)
  })
})

describe("what changed between two snapshots", () => {
  const secret = (name: string, hash: string) => ({ name, source: name, hash })
  const shown = (name: string, value: string) => (name === "USER" ? "0123...89" : value)

  it("names each value, the program and secrets, without a text of a secret", () => {
    const before = snapshot(1, {
      values: { A: "1", B: "2", USER: "one" },
      secrets: [secret("P", "x"), secret("Q", "y"), secret("S", "z")]
    })
    const after = snapshot(2, {
      program: { folder: "/opt/next", version: "0.2.0", commit: "0123456789abcdef" },
      values: { A: "3", C: "4", USER: "two" },
      secrets: [secret("P", "x"), secret("Q", "changed"), secret("T", "new")]
    })
    assert.deepStrictEqual(changeLines(changesBetween(before, after), shown), [
      "~ tickd=0.1.0 in /opt/tickd -> 0.2.0 (0123456789ab) in /opt/next",
      "~ A=1 -> 3",
      "- B=2",
      "+ C=4",
      "~ USER=0123...89 (differs, masked)",
      "~ Q=*** (differs, masked)",
      "- S=***",
      "+ T=***"
    ])
    assert.deepStrictEqual(changesBetween(before, before), [])
  })
})
