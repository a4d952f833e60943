// An unobserved fiber fails silently: the rule that only the supervisor forks must catch every way to fork.
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, it } from "vitest"

const root = fileURLToPath(new URL("../../..", import.meta.url))

/** One planted fork a line; each must be caught in each folder of the core. */
const forks = [
  "Effect.forkChild(body)",
  "Effect.forkDetach(body)",
  "Effect.forkScoped(body)",
  "Effect.forkIn(body, scope)",
  "Effect.runFork(body)",
  "Effect.runForkWith(body)",
  "Effect.runCallback(body)",
  "Effect.runPromise(body)",
  "Effect.runPromiseExit(body)",
  "FiberMap.run(fibers, 1, body)",
  "FiberMap.makeRuntime()",
  "FiberSet.run(fibers, body)",
  "FiberSet.runtime(fibers)",
  "FiberHandle.run(fibers, body)",
  "Fiber.runIn(fiber, scope)",
  "Layer.launch(body)"
]
const folders = [
  "actors/market",
  "machines/market",
  "src/kernel",
  "src/market/application",
  "src/market/domain",
  "src/market/ports",
  "src/protocol/market"
]

const offence = (fork: string) =>
  `import { ${fork.split(".")[0]} } from "effect"\nexport const planted = (body, scope, fibers, fiber) => ${fork}\n`

let planted: string

beforeAll(() => {
  planted = mkdtempSync(join(tmpdir(), "tickd-fork-lint-"))
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(planted, path)), { recursive: true })
    writeFileSync(join(planted, path), text)
  }
  for (const folder of folders) {
    for (const [index, fork] of forks.entries()) put(`${folder}/fork-${index}.js`, offence(fork))
    put(`${folder}/subpath.js`, 'import { forkDetach } from "effect/Effect"\nexport const planted = forkDetach\n')
    put(`${folder}/allowed.js`, 'import { Effect } from "effect"\nexport const allowed = Effect.sleep(1)\n')
  }
  // The one file that forks, and a folder outside the core.
  put("actors/runtime/supervisor-children.ts", offence("Effect.forkDetach(body)"))
  put("src/app/program.js", offence("Effect.runPromise(body)"))
  cpSync(join(root, ".oxlintrc.json"), join(planted, ".oxlintrc.json"))
})

afterAll(() => rmSync(planted, { recursive: true, force: true }))

it("every way to fork is refused in every folder of the core, and only there", () => {
  const run = spawnSync(join(root, "node_modules", ".bin", "oxlint"), ["--format", "json", "."], {
    cwd: planted,
    encoding: "utf8"
  })
  const report = JSON.parse(run.stdout) as {
    readonly diagnostics: ReadonlyArray<{ readonly code: string; readonly filename: string }>
  }
  const caught = new Set(
    report.diagnostics
      .filter(({ code }) => /no-restricted-(properties|imports)/.test(code))
      .map(({ filename }) => filename)
  )
  const wanted = folders.flatMap((folder) => [
    ...forks.map((_, index) => `${folder}/fork-${index}.js`),
    `${folder}/subpath.js`
  ])
  expect([...caught].sort()).toEqual(wanted.sort())
})
