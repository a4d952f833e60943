// What is written twice is changed once: each of these has one place, and everything else imports it.
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { projectRoot } from "../../../src/platform/process/project.ts"

const definitions = [
  {
    what: "the text of an error",
    place: "src/kernel/error-text.ts",
    pattern: /instanceof Error \? \w+\.message : String\(/
  },
  {
    what: "the offset of Shanghai",
    place: "src/kernel/time/shanghai-time.ts",
    pattern: /\b28_?800_?000\b|\b8 \* 3_?600/
  }
] as const

describe("one definition", () => {
  const files = globSync("{src,actors,machines}/**/*.{ts,mjs}", { cwd: projectRoot })

  for (const { what, place, pattern } of definitions) {
    it(`${what} is written in ${place} alone`, () => {
      assert.isAbove(files.length, 400)
      assert.deepStrictEqual(
        files.filter((name) => name !== place && pattern.test(readFileSync(join(projectRoot, name), "utf8"))),
        []
      )
    })
  }
})
