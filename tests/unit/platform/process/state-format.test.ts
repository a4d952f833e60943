// A version that goes on with a folder that it does not know would lose what a later version wrote there, and it
// would be seen at the next rollback only.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Result } from "effect"
import { afterAll, beforeEach, describe, expect, it } from "vitest"
import { projectStateFormat, projectVersion } from "../../../../src/platform/process/project-version.ts"
import { makeStateFolder } from "../../../../src/platform/process/state-folder.ts"
import { checkFormat, declareFormat, formatFile } from "../../../../src/platform/process/state-format.ts"

const root = mkdtempSync(join(tmpdir(), "tickd-format-"))
afterAll(() => rmSync(root, { recursive: true }))
let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(root, "state-"))
})

const declared = () => JSON.parse(readFileSync(join(folder, formatFile), "utf8")) as Record<string, unknown>
const declare = (text: string) => writeFileSync(join(folder, formatFile), text)
const check = (format: string, tickd = "1.2.3") =>
  Effect.runSync(
    Effect.result(checkFormat({ folder, what: "state folder", setting: "TICKD_STATE_DIR" }, { format, tickd }))
  )
const refusal = (format: string) => {
  const result = check(format)
  return Result.isFailure(result) ? result.failure : undefined
}

describe("the format of a folder", () => {
  it("is the first one without a declaration, unless the folder is new", () => {
    expect(refusal("2.0")).toBeUndefined()
    writeFileSync(join(folder, "audit.jsonl"), "")
    expect(refusal("1.0")).toBeUndefined()
    expect(refusal("2.0")).toMatchObject({ code: "STATE_FORMAT_OLDER", exitCode: 78 })
  })

  it("is refused by name when its major version is newer, and the folder is not touched", () => {
    declare('{"format":"2.0","tickd":"9.0.0"}')
    const fault = refusal("1.4")
    expect(fault).toMatchObject({ code: "STATE_FORMAT_NEWER", exitCode: 78 })
    expect(fault?.message).toBe(
      `The state folder ${folder} has format 2.0, written by tickd 9.0.0, and tickd 1.2.3 knows 1.4: install tickd 9.0.0 or later, or name another folder with TICKD_STATE_DIR and restore a backup of format 1 into it.`
    )
    const start = Effect.runSync(Effect.result(makeStateFolder(folder, "TICKD_STATE_DIR")))
    expect(Result.isFailure(start) && start.failure.code).toBe("STATE_FORMAT_NEWER")
    expect(readdirSync(folder)).toEqual([formatFile])
    expect(declared()).toEqual({ format: "2.0", tickd: "9.0.0" })
  })

  it("is used both ways within a major version, and a newer minor one stays declared", () => {
    Effect.runSync(makeStateFolder(folder, "TICKD_STATE_DIR"))
    expect(declared()).toEqual({ format: projectStateFormat, tickd: projectVersion })
    declare('{"format":"1.9","tickd":"9.0.0"}')
    expect(refusal("1.0")).toBeUndefined()
    declareFormat(folder)
    expect(declared()).toEqual({ format: "1.9", tickd: "9.0.0" })
  })

  it("is refused when its file declares none", () => {
    for (const text of [
      "",
      "{",
      '{"format":"1"}',
      '{"format":"one.two","tickd":"1"}',
      '{"format":"0.1","tickd":"1"}'
    ]) {
      declare(text)
      expect(refusal("1.0"), text).toMatchObject({ code: "STATE_FORMAT_INVALID", exitCode: 78 })
    }
  })

  it("compares versions as numbers", () => {
    declare('{"format":"1.10","tickd":"9.0.0"}')
    declareFormat(folder)
    expect(declared()).toEqual({ format: "1.10", tickd: "9.0.0" })
    declare('{"format":"10.0","tickd":"9.0.0"}')
    expect(refusal("9.0")?.code).toBe("STATE_FORMAT_NEWER")
  })
})
