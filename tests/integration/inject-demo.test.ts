// The verbs are what an operator has at night: against a running daemon each must work, and without one say so in one
// sentence.
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { AuditLine } from "../../src/protocol/control/command.ts"
import { projectRoot } from "../support/nats-server.ts"

interface Run {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const launcher = join(projectRoot, "src", "app", "tickd.mjs")
const environment = (): NodeJS.ProcessEnv => {
  const { NATS_URL: _url, TICKD_INSTANCE: _instance, DRILLS_ENABLED: _drills, ...rest } = process.env
  return rest
}

const tickd = (...words: ReadonlyArray<string>) =>
  Effect.callback<Run>((resume) => {
    const child = spawn(process.execPath, [launcher, ...words], {
      env: environment(),
      stdio: ["ignore", "pipe", "pipe"]
    })
    let out = ""
    let err = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => void (out += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (err += text))
    child.once("close", (code) => resume(Effect.succeed({ code, out, err })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const freePort = Effect.callback<number>((resume) => {
  const probe = createServer().listen(0, "127.0.0.1", () => {
    const address = probe.address()
    probe.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

/** A demo on a port of its own; it is drained with the scope. */
const startDemo = Effect.gen(function* () {
  const port = yield* freePort
  const stateDir = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-inject-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(
        process.execPath,
        [
          launcher,
          "demo",
          "--for",
          "3m",
          "--json",
          "--nats-port",
          String(port),
          "--http-port",
          "0",
          "--state",
          stateDir
        ],
        { env: environment(), stdio: ["ignore", "pipe", "pipe"] }
      )
    ),
    (running) =>
      Effect.callback<void>((resume) => {
        if (running.exitCode !== null) return resume(Effect.void)
        running.once("exit", () => resume(Effect.void))
        running.kill("SIGTERM")
      })
  )
  let out = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (out += text))
  yield* Effect.callback<void>((resume) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (text.includes("telemetry")) resume(Effect.void)
    })
  })
  const drain = Effect.callback<Record<string, unknown>>((resume) => {
    child.once("close", () => resume(Effect.succeed(JSON.parse(out.trim().split("\n").at(-1) ?? "{}"))))
    child.kill("SIGTERM")
  })
  return { server: ["--server", `nats://127.0.0.1:${port}`] as const, stateDir, drain }
})

describe("state, tree, history and inject against the demo", () => {
  it.live("show the machines, do a drill, report what followed, and audit it", () =>
    Effect.gen(function* () {
      const { server, stateDir, drain } = yield* startDemo
      const stateOf = (actor: string) =>
        Effect.map(tickd("state", actor, "--json", ...server), ({ out }) => JSON.parse(out) as Record<string, unknown>)
      const until = Effect.fnUntraced(function* (actor: string, holds: (state: Record<string, unknown>) => boolean) {
        while (true) {
          const state = yield* stateOf(actor)
          if (holds(state)) return state
          yield* Effect.sleep(100)
        }
      })
      yield* until("session-primary", ({ state }) => state === "streaming")

      const tree = yield* tickd("tree", ...server)
      assert.match(tree.out, /front-primary\s+running/)
      assert.match(tree.out, /session\s+running, streaming\s+up/)

      const unknown = yield* tickd("state", "stranger", ...server)
      assert.notStrictEqual(unknown.code, 0)
      assert.match(unknown.err, /^tickd: demo has no machine "stranger": .*\[UNKNOWN_ACTOR\]\n$/)

      const crash = yield* tickd("inject", "crash", "--feed", "primary", "--reason", "test", "--json", ...server)
      assert.strictEqual(crash.code, 0, crash.err)
      const { id } = JSON.parse(crash.out) as { readonly id: string }
      yield* until("session-primary", ({ state, restarts }) => state === "streaming" && restarts === 1)

      const history = yield* tickd("history", "feed-worker-primary", "--since", "2m", "--json", ...server)
      const steps = history.out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { readonly from: string; readonly to: string })
        .map(({ from, to }) => `${from}>${to}`)
      assert.deepStrictEqual(steps.slice(0, 7), [
        ">stopped",
        "stopped>starting",
        "starting>running",
        "running>crashed",
        "crashed>backingOff",
        "backingOff>starting",
        "starting>running"
      ])
      const restarts = yield* tickd("history", "front-primary/feed-worker", ...server)
      assert.match(
        restarts.out,
        /restarting in \d+ ms {2}restarts 1 {2}The feed worker of primary died with signal SIGSEGV/
      )

      const drop = yield* tickd("inject", "disconnect", "--feed", "primary", ...server)
      assert.strictEqual(drop.code, 0, drop.err)
      const backup = yield* tickd("inject", "crash", "--feed", "backup", ...server)
      assert.notStrictEqual(backup.code, 0)
      assert.match(backup.err, /\[UNKNOWN_FEED\]/)

      const audit = readFileSync(join(stateDir, "audit.jsonl"), "utf8")
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as AuditLine).entry)
      assert.deepStrictEqual(
        audit.map(({ result }) => result),
        ["accepted", "done", "accepted", "done", "refused"]
      )
      assert.strictEqual(audit[0]?.id, id)
      assert.strictEqual(audit[0]?.reason, "test")
      const proof = yield* tickd("audit", "--verify", "--file", join(stateDir, "audit.jsonl"))
      assert.match(proof.out, /5 entries, the chain is whole/)
      const told = yield* tickd("history", "audit", ...server)
      assert.strictEqual(told.out.trim().split("\n").length, 5)

      const report = yield* drain
      assert.strictEqual(report["in_flight"], 0)
      assert.strictEqual(report["stored"], report["published"])
    })
  )

  it.live("without a NATS server each is one sentence and an exit code", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      const server = ["--server", `nats://127.0.0.1:${port}`]
      for (const words of [["state"], ["tree"], ["history", "daemon"], ["inject", "crash", "--feed", "primary"]]) {
        const { code, out, err } = yield* tickd(...words, ...server)
        assert.strictEqual(code, 69)
        assert.strictEqual(out, "")
        assert.match(err, /^tickd: NATS at .* does not answer .*\[NATS_UNREACHABLE\]\n$/)
      }
    })
  )
})
