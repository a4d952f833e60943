// The end of the process decides what a service manager does, and whether the last ticks are stored.
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { StallMeter } from "../../../../src/platform/process/stall-watchdog.ts"
import { startServiceReports } from "../../../../src/platform/systemd/sd-notify.ts"
import { sentence } from "../../../support/supervision.ts"

const program = fileURLToPath(new URL("../../../support/leaving-program.ts", import.meta.url))

/** A process of the test, ended with it. `wait` succeeds with what it printed once that matches. */
const startProcess = Effect.fnUntraced(function* (command: string, args: ReadonlyArray<string>) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] })),
    (running) => Effect.sync(() => running.kill("SIGKILL"))
  )
  let out = ""
  const looks = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      out += text
      for (const look of looks) look()
    })
  }
  const wait = (pattern: RegExp) =>
    Effect.callback<string>((resume) => {
      const look = () => {
        if (!pattern.test(out)) return
        looks.delete(look)
        resume(Effect.succeed(out))
      }
      looks.add(look)
      look()
    })
  const closed = new Promise<number | null>((resolve) => void child.once("close", resolve))
  const ended = Effect.map(
    Effect.promise(() => closed),
    (code) => ({ code, out })
  )
  return { wait, ended, kill: (signal: NodeJS.Signals) => Effect.sync(() => void child.kill(signal)) }
})

const leaving = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
  return yield* startProcess(process.execPath, [program, ...args])
})

/** A Unix datagram socket in place of systemd's: prints each datagram with the process that sent it. */
const serviceManager = `
import socket, struct, sys
end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
end.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
end.bind(sys.argv[1].replace("@", "\\0", 1) if sys.argv[1].startswith("@") else sys.argv[1])
print("bound", flush=True)
while True:
    data, extra, _, _ = end.recvmsg(4096, 256)
    pid = struct.unpack("3i", extra[0][2])[0]
    print(data.decode().replace("\\n", " "), "from", pid, flush=True)
`

const startServiceManager = Effect.fnUntraced(function* (abstract = false) {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-notify-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const socket = abstract ? `@${folder}` : join(folder, "socket")
  const running = yield* startProcess("python3", ["-c", serviceManager, socket])
  yield* running.wait(/bound/)
  return { ...running, socket }
})

const pass = (ms: number) => Effect.promise(() => new Promise((resolve) => void setTimeout(resolve, ms)))

describe("signals and faults", () => {
  sentence(
    59,
    "The first SIGTERM, SIGINT or SIGQUIT stops the tree in its stop order, and the process ends with 0.",
    "tickd",
    Effect.fnUntraced(function* () {
      for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) {
        const child = yield* leaving()
        yield* child.wait(/ready/)
        yield* child.kill(signal)
        assert.deepStrictEqual(yield* child.ended, { code: 0, out: "ready\nstop c\nstop b\nstop a\n" })
      }
    })
  )

  sentence(
    60,
    "A second signal ends the process at once with 130.",
    "tickd",
    Effect.fnUntraced(function* () {
      const child = yield* leaving("stuck")
      yield* child.wait(/ready/)
      yield* child.kill("SIGTERM")
      yield* child.wait(/stop c/)
      yield* child.kill("SIGINT")
      assert.deepStrictEqual(yield* child.ended, { code: 130, out: "ready\nstop c\n" })
    })
  )

  sentence(
    61,
    "A drain that exceeds TICKD_SHUTDOWN_DEADLINE_MS ends the process with 70 and a message that names the child still alive.",
    "tickd",
    Effect.fnUntraced(function* () {
      const child = yield* leaving("stuck", "300")
      yield* child.wait(/ready/)
      yield* child.kill("SIGTERM")
      const { code, out } = yield* child.ended
      assert.strictEqual(code, 70)
      assert.match(out, /tickd: The drain did not end within 300 ms, still running: root\/b;.* \[SHUTDOWN_DEADLINE\]/)
      assert.match(out, /log shutdown_deadline: /)
    })
  )

  sentence(
    62,
    "An uncaught exception or rejection is logged once, drains the tree, and the process ends with 70.",
    "tickd",
    Effect.fnUntraced(function* () {
      for (const [mode, text] of [
        ["exception", /uncaughtException: Error: this is not caught/],
        ["rejection", /unhandledRejection: Error: this is not awaited/]
      ] as const) {
        const child = yield* leaving(mode)
        const { code, out } = yield* child.ended
        assert.strictEqual(code, 70, mode)
        assert.match(out, text)
        assert.match(out, /stop c\nstop b\nstop a\n/)
        assert.strictEqual(out.match(/log unhandled_fault/g)?.length, 1)
      }
    })
  )

  sentence(
    63,
    "When there is nothing to drain, it ends the process at once with 70 and its message.",
    "tickd",
    Effect.fnUntraced(function* () {
      const child = yield* leaving("bare")
      const { code, out } = yield* child.ended
      assert.strictEqual(code, 70)
      assert.match(out, /^tickd: a bug of tickd, please report it: uncaughtException: Error: this is not caught/)
    })
  )
})

describe("watchdogs", () => {
  sentence(
    64,
    "An event loop that stands still for 250 ms or more is logged and counted.",
    "tickd",
    Effect.fnUntraced(function* () {
      const meter = new StallMeter(0)
      assert.deepStrictEqual(
        [100, 449, 799, 900].map((atMs) => meter.beat(atMs)),
        [undefined, undefined, 250, undefined]
      )
      assert.strictEqual(meter.beat(1600), 600)
      assert.deepStrictEqual(meter.counts(2000), { stalls: 2, longestMs: 600, recentMs: 600 })
      assert.deepStrictEqual(meter.counts(62_000), { stalls: 2, longestMs: 600, recentMs: 0 })
      const child = yield* leaving("stall")
      const out = yield* child.wait(/stall \d+\n\{.*\}\n/)
      assert.isAtLeast(Number(/stall (\d+)/.exec(out)?.[1]), 250)
      assert.match(out, /"stalls":1/)
    })
  )

  sentence(
    65,
    "systemd receives READY when the tree serves and STOPPING when the drain begins.",
    "tickd: sd_notify(3)",
    Effect.fnUntraced(function* () {
      const troubles: Array<string> = []
      const onTrouble = (message: string) => void troubles.push(message)
      for (const abstract of [false, true]) {
        const manager = yield* startServiceManager(abstract)
        const systemd = { socket: manager.socket, watchdogMs: undefined }
        const reports = yield* startServiceReports({ systemd, isHealthy: () => true, onTrouble })
        reports.ready()
        // From the main process: with NotifyAccess=main, systemd listens to no other.
        yield* manager.wait(new RegExp(`READY=1 STATUS=.* from ${process.pid}\\n`))
        reports.stopping()
        reports.stopping()
        const out = yield* manager.wait(/STOPPING=1 STATUS=.*\n/)
        assert.notInclude(out, "WATCHDOG=1")
        assert.strictEqual(out.trim().split("\n").length, 3)
      }
      assert.deepStrictEqual(troubles, [])
      for (const socket of ["/nowhere/socket", "vsock:2:1", `/${"x".repeat(120)}`]) {
        const deaf = yield* startServiceReports({
          systemd: { socket, watchdogMs: undefined },
          isHealthy: () => true,
          onTrouble
        })
        deaf.ready()
        deaf.stopping()
      }
      assert.deepStrictEqual(
        troubles.map((text) => /cannot receive tickd's state \((.*)\): run the unit/.exec(text)?.[1]?.slice(0, 45)),
        [
          "/nowhere/socket accepted no datagram, error 2",
          "vsock:2:1 is not a socket path of at most 107",
          `/${"x".repeat(44)}`
        ]
      )
    })
  )

  sentence(
    66,
    "systemd's watchdog is notified at half its interval while the event loop turns and the root has not given up.",
    "tickd: sd_watchdog_enabled(3)",
    Effect.fnUntraced(function* () {
      const manager = yield* startServiceManager()
      let healthy = true
      yield* startServiceReports({
        systemd: { socket: manager.socket, watchdogMs: 200 },
        isHealthy: () => healthy,
        onTrouble: assert.fail
      })
      yield* manager.wait(/(WATCHDOG=1[^W]*){3}/)
      healthy = false
      yield* pass(300)
      const before = yield* manager.wait(/WATCHDOG/)
      yield* pass(500)
      assert.strictEqual(yield* manager.wait(/WATCHDOG/), before)
    })
  )
})

it.live("V7: SIGUSR1 and SIGUSR2, at which other programs open their logs anew, end nothing and open no debugger", () =>
  Effect.gen(function* () {
    const child = yield* leaving("well")
    yield* child.wait(/ready/)
    for (const signal of ["SIGUSR1", "SIGUSR2"] as const) {
      yield* child.kill(signal)
      yield* child.wait(new RegExp(`log signal_ignored: ${signal} is ignored`))
    }
    yield* child.kill("SIGTERM")
    const { code, out } = yield* child.ended
    assert.strictEqual(code, 0)
    assert.notInclude(out, "Debugger")
  }).pipe(Effect.scoped)
)
