// A comparison that accepts everything makes the test of a page worthless.
import { assert, describe, it } from "@effect/vitest"
import { blocksOf, missingLine } from "../../support/page-commands.ts"

describe("the blocks of a page", () => {
  it("have the title of their first line and the output below them", () => {
    const page = "text\n\n```sh\n# 1.1\nls\n```\n\n```text\na\n…\n```\n\n```sh\n# 1.2\nls\n```\n\n```text-other\n"
    assert.deepStrictEqual(blocksOf(page), [
      { title: "1.1", text: "# 1.1\nls\n", shown: "a\n…\n" },
      { title: "1.2", text: "# 1.2\nls\n", shown: undefined }
    ])
    assert.throws(() => blocksOf("```sh\nls\n```\n"), /has no title/)
  })
})

describe("the output that a page shows", () => {
  const output = "one 12ms\ntwo  2026-11-30T08:41:02.513+08:00,start,day,live,0\nthree 3\n"

  it.each([
    [
      "all lines, with other times and durations",
      "one 9ms\ntwo 2025-01-01T00:00:00.000+08:00,start,day,live,0\nthree 3"
    ],
    ["some lines", "…\nthree 3"],
    ["the beginning of a line", "one …\n…"]
  ])("may be %s", (_, shown) => assert.isUndefined(missingLine(shown, output)))

  it.each([
    ["another code", "…\ntwo 2026-11-30T08:41:02.513+08:00,start,day,live,1\n…", "live,1"],
    ["another number that is no time", "…\nthree 4", "three 4"],
    ["another sequence", "…\nthree 3\n…\none 12ms\n…", "one 12ms"],
    ["a line left out without a mark", "one 12ms\nthree 3", "three 3"],
    ["an end too early", "one 12ms", "the output goes on"]
  ])("is refused with %s", (_, shown, line) => assert.include(missingLine(shown, output), line))
})
