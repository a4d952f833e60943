// A machine that cannot carry a day must be found before anything is started, each fault with what to do.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { chinaCalendar } from "../../../../../../src/kernel/calendar/trading-calendar.ts"
import { folderFault, portFault, shmFault } from "../../../../../../src/ops/layers/live/proofs/machine-checks.ts"
import { provePreflight } from "../../../../../../src/ops/layers/live/proofs/preflight-proof.ts"
import { liveSettings } from "../../../../../support/live-settings.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-preflight-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)
/** A port that is held until the scope closes. */
const heldPort = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly close: () => void }>((resume) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(Effect.succeed({ port, close: () => server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

it.effect("a folder is written and left as it was; a missing one is judged by what would hold it", () =>
  Effect.gen(function* () {
    const folder = yield* temporary
    assert.isUndefined(folderFault("log", folder, 1))
    assert.deepStrictEqual(readdirSync(folder), [])
    assert.isUndefined(folderFault("log", join(folder, "a", "b"), 1))
    assert.isFalse(existsSync(join(folder, "a")))
    assert.match(
      String(folderFault("log", folder, 2 ** 60)),
      /^The disk of the log folder .* MiB left, and a day needs /
    )
    assert.match(String(folderFault("run", "/proc/tickd", 1)), /^The run folder \/proc\/tickd cannot be written \(/)
    writeFileSync(join(folder, "file"), "")
    assert.match(String(folderFault("log", join(folder, "file", "x"), 1)), /cannot be written \(ENOTDIR\)/)
  })
)

it("what the rings need of /dev/shm", () => {
  assert.isUndefined(shmFault("/dev/shm", 1))
  assert.match(String(shmFault("/dev/shm", 2 ** 60)), /^\/dev\/shm has \d+ MiB left and the rings need \d+ MiB: /)
  assert.match(String(shmFault("/nonexistent", 1)), /^\/nonexistent cannot be used \(ENOENT\)/)
})

it.effect("a port is free, or taken by a program that this run did not start", () =>
  Effect.gen(function* () {
    const { port } = yield* heldPort
    const wanted = { program: "NATS", variable: "NATS_URL", otherwise: "; or wait", host: "127.0.0.1", port }
    const fault = yield* portFault(wanted)
    assert.match(
      String(fault),
      /^Port \d+ of NATS is taken by pid \d+ \(.+\), which no .* here: end it, or set NATS_URL; or wait$/
    )
  })
)

it.effect("all faults are named at once; a switch in an emergency does not wait for them", () =>
  Effect.gen(function* () {
    const folder = yield* temporary
    const { port } = yield* heldPort
    const log: Array<string> = []
    const settings = liveSettings({
      stateDir: folder,
      runDir: folder,
      logDir: "/proc/tickd",
      telemetryUrl: `http://127.0.0.1:${port}`,
      managed: { nats: false, monitoring: false, console: false }
    })
    const tools = {
      settings,
      log: { write: (level: string, text: string) => Effect.sync(() => void log.push(`${level} ${text}`)) }
    }
    const host = {
      observe: Effect.succeed({ nats: undefined, tickd: undefined, monitoring: undefined, console: undefined })
    } as never
    const configuration = {
      warnings: [],
      calendar: chinaCalendar,
      alwaysOpen: true,
      streams: [],
      shmBytes: 2 ** 60,
      libraryFault: "The vendor library x cannot be read"
    }
    const beside: Array<Effect.Effect<void>> = []
    const prove = (command: string, more: object = {}) =>
      provePreflight(tools, host, { ...configuration, ...more }, { command, window: "day" } as never, (work) =>
        Effect.sync(() => void beside.push(work))
      )
    const error = yield* Effect.flip(prove("start"))
    assert.deepInclude(error, { _tag: "ProofError", exit: "preflight" })
    for (const part of [`Port ${port} of tickd`, "The log folder", "/dev/shm has", "The vendor library x"]) {
      assert.include(error.message, part)
    }
    log.length = 0
    assert.deepStrictEqual(yield* prove("failover"), {})
    assert.deepStrictEqual(log, [])
    yield* Effect.all(beside)
    assert.match(log.at(-1) ?? "", /^WARN A switch does not wait for this: Port /)
    yield* TestClock.setTime(Date.parse("2026-11-28T08:45:00+08:00"))
    const missed = yield* Effect.flip(prove("start", { alwaysOpen: false }))
    assert.deepInclude(missed, { _tag: "NoSessionError" })
    assert.match(missed.message, /^20261128 is no trading day/)
  })
)
