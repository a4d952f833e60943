import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { projectRoot } from "../../../src/platform/process/project.ts"

const folder = join(projectRoot, "deploy", "operations")
const starts = readdirSync(folder)
  .flatMap((name) =>
    readFileSync(join(folder, name), "utf8")
      .split("\n")
      .map((line) => ({ name, line }))
  )
  .filter(({ line }) => line.includes("src/app/tickd.mjs"))

// Without `--` Node takes `--env-file FILE` of the verb for its own: it loads the file, and ends with 9 when there is
// none, before the verb can say what is wrong.
describe("flags of a verb", () => {
  it("are left to the program by each script of an operator", () => {
    expect(starts.length).toBeGreaterThan(7)
    expect(starts.filter(({ line }) => !/ node (--\S+ )*-- "/.test(line))).toEqual([])
  })
})
