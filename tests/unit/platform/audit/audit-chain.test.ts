// An audit must prove itself: any later change must be detected, and a crash must not look like one.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { verifyChain } from "../../../../src/platform/audit/audit-chain.ts"
import { makeAuditFile, readAuditLines } from "../../../../src/platform/audit/audit-file.ts"
import { AuditError } from "../../../../src/platform/audit/audit-log.ts"
import type { AuditEntry } from "../../../../src/protocol/control/command.ts"

let folder = ""
let file = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-audit-"))
  file = join(folder, "state", "audit.jsonl")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const entry = (id: string): AuditEntry => ({
  version: 2,
  id,
  at: "2026-11-23T21:00:03.000+08:00",
  instance: "t1",
  verb: "subscribe",
  result: "done",
  request: { symbols: ["rb2701", '","hash":"'] },
  request_id: null,
  reason: "test",
  by: { user: "u", host: "h", client: "c" },
  code: null,
  message: "1 accepted"
})
const written = (count: number) => {
  const audit = makeAuditFile(file)
  return Array.from({ length: count }, (_, at) => Effect.runSync(audit.append(entry(String(at + 1)))))
}
const verdict = () => verifyChain(readAuditLines(file))

describe("the audit file", () => {
  it("is a chain that goes on over restarts of the daemon, for its owner only", () => {
    written(3)
    const [head] = written(1)
    assert.deepStrictEqual(verdict(), { entries: 4, head, torn: 0, broken: undefined } as never)
    assert.strictEqual(statSync(file).mode & 0o777, 0o600)
  })

  it("shows every changed byte, removed, exchanged, inserted and repeated line", () => {
    written(4)
    const whole = readFileSync(file, "utf8")
    const lines = whole.trimEnd().split("\n")
    const broken = (text: string) => {
      writeFileSync(file, text)
      return verdict().broken !== undefined
    }
    for (let at = 0; at < whole.length - 1; at += 7) {
      const letter = whole[at] === "x" ? "y" : "x"
      assert.isTrue(broken(whole.slice(0, at) + letter + whole.slice(at + 1)), `byte ${at}`)
    }
    const [one = "", two = "", three = "", four = ""] = lines
    for (const changed of [
      [two, three, four],
      [one, three, four],
      [one, three, two, four],
      [one, two, two, three, four],
      [one, two, "", three, four]
    ]) {
      assert.isTrue(broken(`${changed.join("\n")}\n`))
    }
    assert.isFalse(broken(whole))
  })

  it("owns up to a line that a crash cut short, wherever it was cut", () => {
    written(3)
    const lines = readFileSync(file, "utf8").trimEnd().split("\n")
    const last = lines.pop() ?? ""
    for (const cut of [1, 20, last.length - 1]) {
      writeFileSync(file, `${lines.join("\n")}\n${last.slice(0, cut)}`)
      assert.isDefined(verdict().broken)
      Effect.runSync(makeAuditFile(file).append(entry("after")))
      assert.deepStrictEqual([verdict().entries, verdict().torn, verdict().broken], [3, 1, undefined])
    }
  })

  it("does not own up to a last line that was changed", () => {
    written(2)
    writeFileSync(file, readFileSync(file, "utf8").replace(/1 accepted(?=[^\n]*\n$)/, "9 accepted"))
    Effect.runSync(makeAuditFile(file).append(entry("after")))
    assert.strictEqual(verdict().broken?.line, 2)
  })

  it("does not own up twice: a torn line that is changed afterwards breaks the chain", () => {
    written(1)
    appendFileSync(file, '{"entry":{"ver')
    Effect.runSync(makeAuditFile(file).append(entry("after")))
    assert.isUndefined(verdict().broken)
    writeFileSync(file, readFileSync(file, "utf8").replace('{"entry":{"ver\n', '{"entry":{"VER\n'))
    assert.strictEqual(verdict().broken?.line, 2)
  })

  it("says in one sentence when it cannot be written", () => {
    writeFileSync(join(folder, "state"), "")
    const error = Effect.runSync(Effect.flip(makeAuditFile(file).append(entry("1"))))
    assert.instanceOf(error, AuditError)
    assert.match(error.message, /cannot be written/)
  })
})
