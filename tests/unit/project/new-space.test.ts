import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { projectRoot } from "../../../src/platform/process/project.ts"
import { newSpaceFlag } from "../../bench/bench-child.ts"

const read = (path: string) => readFileSync(join(projectRoot, path), "utf8")

/** Keeps 100,000 of two million objects, so that V8 wants more new space, and prints the size that it has then. */
const busy = `
  const keep = []
  for (let at = 0; at < 2e6; at++) keep[at % 1e5] = { at, list: [at] }
  const space = require("node:v8").getHeapSpaceStatistics().find((one) => one.space_name === "new_space")
  console.log(space.space_size / 1048576)`

const newSpaceMb = (flags: ReadonlyArray<string>): number =>
  Number(spawnSync(process.execPath, [...flags, "-e", busy], { encoding: "utf8" }).stdout)

// Without a limit V8 doubles its new space up to 128 MB over the hours, and operators see a daemon whose memory rises
// in steps.
describe("memory of a daemon", () => {
  it.each([
    ["package.json", `node ${newSpaceFlag} -- src/app/tickd.mjs demo`],
    ["package.json", `node ${newSpaceFlag} -- src/app/tickd.mjs"`],
    ["deploy/Dockerfile", `ENTRYPOINT ["tini", "--", "node", "${newSpaceFlag}", "--", "src/app/tickd.mjs"]`],
    ["deploy/container/after-peer.mjs", `[process.execPath, "${newSpaceFlag}", "--", "src/app/tickd.mjs", ...verb]`],
    ["deploy/release/tickd", `exec "$release/bin/node" ${newSpaceFlag} -- "$release/src/app/tickd.mjs"`],
    ["src/app/tickd.mjs", `#!/usr/bin/env -S node ${newSpaceFlag} --\n`]
  ])("%s starts it with a bounded new space", (file, words) => {
    expect(read(file)).toContain(words)
  })

  it("the flag holds the new space at twice its number; without it the new space is larger", () => {
    expect(newSpaceMb([newSpaceFlag])).toBeLessThanOrEqual(32)
    // V8 shrinks it again on a busy machine, so one of three readings is enough.
    expect(Math.max(...[1, 2, 3].map(() => newSpaceMb([])))).toBeGreaterThan(32)
  })
})
