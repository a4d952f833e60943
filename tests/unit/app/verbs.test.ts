// Help is printed from a table, without loading a verb: a stale table would show verbs that do not exist.
import { spawnSync } from "node:child_process"
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Console, Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { commandLine } from "../../../src/app/program.ts"
import { verbGroups } from "../../../src/app/verbs.ts"
import { summaryOf } from "../../../src/cli/terminal/help-text.ts"
import { usageLayer } from "../../../src/cli/terminal/usage.ts"
import { launcher, projectRoot } from "../../../src/platform/process/project.ts"
import { projectVersion } from "../../../src/platform/process/project-version.ts"

const folder = mkdtempSync(join(tmpdir(), "tickd-verbs-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a command line prints, and the files that it loads. */
const loadedBy = (...argv: ReadonlyArray<string>) => {
  const list = join(folder, "loaded.json")
  const preload = join(projectRoot, "tests", "support", "loaded-modules.mjs")
  const env = { PATH: process.env["PATH"], LOADED_MODULES: list, INGEST_METRICS_PORT: "1" }
  const { stdout } = spawnSync(process.execPath, ["--import", preload, launcher, ...argv], { encoding: "utf8", env })
  const files = (JSON.parse(readFileSync(list, "utf8")) as ReadonlyArray<string>)
    .filter((url) => url.startsWith("file:"))
    .map((url) => fileURLToPath(url))
  return { stdout, files, bytes: files.reduce((sum, file) => sum + statSync(file).size, 0) }
}

/** A file without its comment lines. */
const codeOf = (file: string) => readFileSync(join(projectRoot, file), "utf8").replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, "")

/** What the parser prints with every verb loaded. */
const parserPrints = (...argv: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const log = { ...console, log: (text: string) => void lines.push(text) } as Console.Console
    const tickd = yield* commandLine(() => true)
    const run = Command.runWith(tickd, { version: projectVersion })(argv) as Effect.Effect<
      void,
      unknown,
      Command.Environment
    >
    yield* run.pipe(
      Effect.provideService(Console.Console, log),
      Effect.provide(Layer.merge(NodeServices.layer, usageLayer(80)))
    )
    return `${lines.join("\n")}\n`
  })

describe("the table of verbs", () => {
  it.live("has the name and the first sentence of each verb", () =>
    Effect.gen(function* () {
      const tickd = yield* commandLine(() => true)
      const found = tickd.subcommands.map(({ commands, group }) => ({
        group,
        verbs: commands.map(({ description, name }) => [name, summaryOf(description ?? "")])
      }))
      const table = verbGroups.map(({ group, verbs }) => ({
        group,
        verbs: verbs.map(({ name, summary }) => [name, summary])
      }))
      assert.deepStrictEqual(table, found)
    })
  )

  it.live("prints the help and the version that the parser would print", () =>
    Effect.gen(function* () {
      assert.strictEqual(loadedBy("--help").stdout, yield* parserPrints("--help"))
      assert.strictEqual(loadedBy("-v").stdout, yield* parserPrints("--version"))
    })
  )

  it.live("only the verbs that fronts answer have --wait", () =>
    Effect.gen(function* () {
      for (const verb of ["subscribe", "resubscribe"]) assert.include(yield* parserPrints(verb, "--help"), "--wait")
      assert.notInclude(yield* parserPrints("unsubscribe", "--help"), "--wait")
    })
  )

  it.live("completions know the flags of every verb", () =>
    Effect.gen(function* () {
      const script = yield* parserPrints("--completions", "bash")
      for (const word of ["failover-hold", "--take-over", "--coverage-threshold", "reconcile", "--need-days"])
        assert.include(script, word)
    })
  )
})

describe("a verb loads", () => {
  it("nothing but text for --help", () => {
    const { bytes, files } = loadedBy("--help")
    assert.deepStrictEqual(
      files.filter((file) => file.includes("node_modules")),
      []
    )
    assert.isAtMost(files.length, 6)
    assert.isAtMost(bytes, 32_000)
  })

  it("for status the client of NATS, and nothing of the daemon", () => {
    const { bytes, files } = loadedBy("status", "--server", "nats://127.0.0.1:1")
    assert.include(files, join(projectRoot, "src", "cli", "status.ts"))
    const unwanted =
      /\/src\/(?:market|simulator|simulation)\/|\/(?:machines|actors)\/|node_modules\/(?:xstate|koffi|prom-client|csv-parse|@peculiar|@nats-io\/jetstream)\//
    assert.deepStrictEqual(
      files.filter((file) => unwanted.test(file)),
      []
    )
    // 2026-11: 377 files, 6.3 MB, of which effect has 281 and 5.3 MB.
    assert.isAtMost(files.length, 400)
    assert.isAtMost(bytes, 7_000_000)
  })

  it("its environment from the program, never from process.env", () => {
    const sources = globSync("src/cli/**/*.ts", { cwd: projectRoot })
    assert.isAbove(sources.length, 30)
    assert.deepStrictEqual(
      sources.filter((file) => /process\.env|process\.exitCode/.test(codeOf(file))),
      []
    )
  })
})
