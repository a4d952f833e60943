// Operators search start_live_env.log and the terminal for the words of their old script: fields and markers stay.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { runLogFile } from "../../src/ops/adapters/files/run-log-file.ts"
import type { LiveRequest } from "../../src/ops/domain/live-flags.ts"
import { RunLog } from "../../src/ops/ports/run-log.ts"
import { liveRequest, liveSettingsIn } from "../support/live-settings.ts"

let folder = ""
const printed: Array<string> = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-run-log-"))
  printed.length = 0
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Log = typeof RunLog.Service
const withLog = (request: LiveRequest, use: (log: Log) => Effect.Effect<unknown>, logDir = join(folder, "logs")) =>
  Effect.runPromise(
    Effect.provide(
      RunLog.use(use),
      runLogFile(liveSettingsIn(folder, { logDir }), request, (line) => void printed.push(line))
    )
  )
const lines = (name = "start_live_env.log") =>
  readFileSync(join(folder, "logs", name), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))

describe("the log of a run", () => {
  it("writes the fields of the reference, in its file and on the terminal", async () => {
    await withLog(liveRequest("start", { config: "backup", mock: true }), (log) => log.write("INFO", "Stage nats"))
    const [line] = lines()
    assert.match(line.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+08:00$/)
    delete line.timestamp
    assert.deepStrictEqual(line, {
      level: "INFO",
      message: "Stage nats",
      session: "day",
      exit_code: 0,
      profile: "live",
      config: "backup",
      active_feed: "backup",
      account: "back...02",
      mock: true
    })
    assert.strictEqual(printed.length, 1)
    assert.strictEqual(JSON.parse(printed[0] as string).message, "Stage nats")
  })

  it("prints a marker as a line of its own too", async () => {
    await withLog(liveRequest("start"), (log) => log.mark("ERROR", "SESSION=NONE", 2))
    assert.strictEqual(printed[1], "SESSION=NONE")
    assert.deepInclude(lines()[0], { message: "SESSION=NONE", exit_code: 2 })
  })

  it("carries the feed and account that are active at the moment", async () => {
    await withLog(liveRequest("failback"), (log) =>
      Effect.all([
        log.write("INFO", "1"),
        log.follow("primary"),
        log.write("INFO", "2"),
        log.follow("backup"),
        log.write("INFO", "3")
      ])
    )
    assert.deepStrictEqual(
      lines().map(({ account, active_feed: feed }) => `${feed} ${account}`),
      ["backup back...02", "primary prim...01", "backup back...02"]
    )
  })

  it("writes debug detail only when it was asked for", async () => {
    await withLog(liveRequest("start"), (log) => log.write("DEBUG", "detail"))
    assert.lengthOf(printed, 0)
    await withLog(liveRequest("start", { debug: true }), (log) => log.write("DEBUG", "detail"))
    assert.lengthOf(printed, 1)
  })

  it("keeps five older files of ten megabytes", async () => {
    mkdirSync(join(folder, "logs"))
    for (let round = 0; round < 8; round++) {
      writeFileSync(join(folder, "logs/start_live_env.log"), `${JSON.stringify({ round })}\n`)
      truncateSync(join(folder, "logs/start_live_env.log"), 10_000_000)
      await withLog(liveRequest("start"), (log) => log.write("INFO", "next"))
    }
    assert.deepStrictEqual(readdirSync(join(folder, "logs")).toSorted(), [
      "start_live_env.1.log",
      "start_live_env.2.log",
      "start_live_env.3.log",
      "start_live_env.4.log",
      "start_live_env.5.log",
      "start_live_env.log"
    ])
    assert.lengthOf(lines(), 1)
    assert.match(readFileSync(join(folder, "logs/start_live_env.5.log"), "utf8"), /^\{"round":3\}/)
  })

  it("refuses a folder that cannot be written, before anything", async () => {
    writeFileSync(join(folder, "file"), "")
    const layer = runLogFile(liveSettingsIn(folder, { logDir: join(folder, "file") }), liveRequest("start"), () => {})
    const error = await Effect.runPromise(Effect.flip(Effect.scoped(Layer.build(layer))))
    assert.match(
      error.message,
      /^The log folder \S+\/file cannot be written \(ENOTDIR\): .*--log-dir; nothing was changed$/
    )
  })

  it("counts lines that the disk does not take, and says so at the end", async () => {
    mkdirSync(join(folder, "logs"))
    // A device that is always full.
    symlinkSync("/dev/full", join(folder, "logs/start_live_env.log"))
    await withLog(liveRequest("start"), (log) =>
      Effect.andThen(log.write("INFO", "1"), log.mark("INFO", "HEALTH=READY"))
    )
    assert.lengthOf(printed, 4)
    assert.match(
      JSON.parse(printed[3] as string).message,
      /^2 log lines could not be written to \S+ \(ENOSPC\): make room on its disk$/
    )
  })
})
