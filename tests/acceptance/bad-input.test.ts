// A user who gives tickd wrong input must learn from one sentence what is wrong and what to do, never from a stack.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { daemonEnvironment, startFront } from "../support/cli-daemon.ts"
import {
  endCommands,
  eventually,
  freePorts,
  holdPort,
  lastJson,
  launcher,
  nativeFolder,
  startCommand,
  startTickd,
  stateFolder,
  tickd
} from "../support/cli-process.ts"
import { expectSentence } from "../support/cli-sentence.ts"
import { startServer } from "../support/nats-server.ts"

const folder = stateFolder()
afterEach(endCommands)
afterAll(folder.remove)

/** A daemon that waits for a missing part: its log has the sentence of the cause, and it ends on request. */
const waitsFor = async (more: Readonly<Record<string, string>>, flags: ReadonlyArray<string>, line: RegExp) => {
  const daemon = startTickd(["run", ...flags], daemonEnvironment(join(folder.path, "state"), unreachable, more))
  const [text] = await daemon.printed(line)
  expect(text).not.toMatch(/\\n +at /)
  daemon.child.kill("SIGTERM")
  expect((await daemon.ended).code).toBe(0)
}
const unreachable = "tcp://127.0.0.1:1"

describe("the machine", () => {
  const run = (more: Readonly<Record<string, string>>, flags: ReadonlyArray<string> = ["--embedded-nats"]) =>
    tickd(["run", ...flags], daemonEnvironment(join(folder.path, "state"), unreachable, more))

  it("without the vendor library, or with something else in its place", async () => {
    const embedded = ["--embedded-nats"]
    await waitsFor(
      { CTP_MD_LIBRARY: "/nowhere/md.so" },
      embedded,
      /front-primary waits: [^"]*\/nowhere\/md\.so cannot be read \(ENOENT[^"]*set CTP_MD_LIBRARY.*"event":"waiting".*LIBRARY_NOT_LOADED/
    )
    const libc = "/lib/x86_64-linux-gnu/libc.so.6"
    for (const other of [launcher, process.arch === "x64" ? libc : launcher]) {
      await waitsFor(
        { CTP_MD_LIBRARY: other },
        embedded,
        /front-primary waits: [^\n]*set CTP_MD_LIBRARY to[^\n]*"event":"waiting"[^\n]*LIBRARY_NOT_LOADED/
      )
    }
  })

  it("with a library of an unknown version", async () => {
    const library = join(nativeFolder, "libtickd_sim_md_unknown.so")
    expectSentence(
      await run({ CTP_MD_LIBRARY: library }),
      78,
      "VERSION_NOT_SUPPORTED",
      /version "v9.*not supported; use a CTP library of/
    )
  })

  it("with a port in use, where a person looks at the start", async () => {
    const held = await holdPort()
    try {
      const port = String(held.port)
      const metrics = await tickd(["demo", "--for", "2s", "--nats-port", "0", "--http-port", port])
      expectSentence(metrics, 69, "HTTP_PORT_IN_USE", new RegExp(`Port ${port} .*in use: .*INGEST_METRICS_PORT`))
      const asked = await tickd(["demo", "--for", "2s", "--nats-port", port, "--http-port", "0"])
      expectSentence(asked, 69, "NATS_PORT_IN_USE", new RegExp(`Port ${port} .*in use`))
    } finally {
      await held.release()
    }
  })

  it("without the nats-server that NATS_SERVER names", async () => {
    const ended = await tickd(["demo", "--for", "2s", ...freePorts], { NATS_SERVER: "/nowhere/nats-server" })
    expectSentence(ended, 78, "NATS_SERVER_UNUSABLE", /NATS_SERVER names \/nowhere\/nats-server.*unset it/)
  })

  it("with a state folder that cannot be made", async () => {
    const file = join(folder.path, "a-file")
    writeFileSync(file, "")
    const demo = await tickd(["demo", "--for", "2s", "--state", join(file, "state"), ...freePorts])
    expectSentence(demo, 78, "STATE_FOLDER", /a-file\/state cannot be used .*name another one/)
    await waitsFor(
      { TICKD_STATE_DIR: join(file, "state") },
      ["--embedded-nats"],
      /state folder waits: [^\n]*a-file\/state[^\n]*(writable|another)[^\n]*"event":"waiting"/
    )
  })

  it("R1: with a contract list or a calendar that is not there yet, or that does not parse", async () => {
    await waitsFor(
      { TICKD_CONTRACTS: "/nowhere/contracts.csv" },
      ["--embedded-nats"],
      /contract file waits: [^\n]*\/nowhere\/contracts\.csv does not exist: give[^\n]*"event":"waiting"/
    )
    await waitsFor(
      { TICKD_CALENDAR: "/nowhere/2027.json" },
      ["--embedded-nats"],
      /calendar waits: TICKD_CALENDAR: [^\n]*\/nowhere\/2027\.json does not exist: give[^\n]*"event":"waiting"/
    )
    const broken = join(folder.path, "broken.json")
    writeFileSync(broken, "{")
    expectSentence(await run({ TICKD_CONTRACTS: broken }), 65, "CATALOGUE_NOT_JSON", /broken\.json is not valid JSON/)
    expectSentence(await run({ TICKD_CALENDAR: broken }), 78, "CALENDAR_NOT_JSON", /broken\.json is not JSON/)
  })

  it("R1: with a password file that is not there yet, whose feed alone waits", async () => {
    await waitsFor(
      { CTP_PRIMARY_PASSWORD: "", CTP_PRIMARY_PASSWORD_FILE: "/nowhere/password" },
      ["--embedded-nats"],
      /front-primary waits: CTP_PRIMARY_PASSWORD_FILE names \/nowhere\/password, [^\n]*"event":"waiting"[^\n]*PASSWORD_FILE/
    )
  })

  it("with every wrong or missing variable named at once", async () => {
    const ended = await tickd(["run"], { NATS_PORT: "many", LOG_LEVEL: "LOUD", CTP_MD_LIBRARY: "/x.so" })
    expectSentence(ended, 78, "CONFIG_INVALID", /The configuration has 6 faults: correct the environment/)
    const lines = ended.stderr.split("\n")
    for (const line of [
      /^ {2}NATS_PORT is "many"/,
      /^ {2}LOG_LEVEL is "LOUD"/,
      /^ {2}CTP_PRIMARY_BROKER_ID is not set$/
    ])
      expect(lines.filter((each) => line.test(each))).toHaveLength(1)
  })
})

describe("the broker", () => {
  it("without JetStream", async () => {
    await Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const server = yield* startServer({ jetstream: false })
          yield* Effect.promise(() =>
            waitsFor(
              { NATS_URL: server.url },
              [],
              /tick stream waits: [^\n]*no JetStream[^\n]*start it with JetStream on[^\n]*JETSTREAM_DISABLED/
            )
          )
        })
      )
    )
  })

  it("without a server: tickd keeps trying, is not ready and reports why, and stops on a signal", async () => {
    const front = await startFront()
    const held = await holdPort()
    await held.release()
    const daemon = startTickd(
      ["run"],
      daemonEnvironment(join(folder.path, "away"), front.address, {
        NATS_URL: "nats://127.0.0.1:1",
        INGEST_METRICS_PORT: String(held.port)
      })
    )
    const reason = await eventually("not ready", async () => {
      const response = await fetch(`http://127.0.0.1:${held.port}/readyz`)
      return response.status === 503 ? await response.text() : undefined
    })
    expect(reason).toMatch(/^not ready: .*broker/)
    const asked = await tickd(["status", "--server", "nats://127.0.0.1:1"], { INGEST_METRICS_PORT: String(held.port) })
    expect(asked.stdout).toMatch(/NOT READY: .*broker/)
    daemon.child.kill("SIGTERM")
    const began = performance.now()
    await daemon.ended
    expect(performance.now() - began).toBeLessThan(20_000)
  })

  it("whose store is full: what it refuses is reported and counted, and nothing else is lost", async () => {
    await Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const server = yield* startServer({ maxFileStore: 2_000_000 })
          const state = join(folder.path, "full")
          const args = ["--for", "4s", "--rate", "4000", "--json", "--state", state, "--http-port", "0"]
          const ended = yield* Effect.promise(() =>
            tickd(["demo", ...args], { NATS_URL: server.url, TICK_SPOOL_MAX_MB: "0" })
          )
          const report = lastJson(ended.stdout)
          const count = (key: string) => Number(report[key] ?? 0)
          expect(report).toMatchObject({ balanced: true, in_flight: 0, stored: report["published"] })
          expect(count("published")).toBeGreaterThan(100)
          expect(count("dropped")).toBeGreaterThan(100)
          expect(count("received")).toBe(
            count("published") + count("dropped") + count("quarantined") + count("duplicate")
          )
          expect(readFileSync(join(state, "tickd.log"), "utf8")).toMatch(/"event":"publish_refused"/)
        })
      )
    )
  })

  it("that no verb can reach", async () => {
    expectSentence(
      await tickd(["tail", "--server", "nats://127.0.0.1:1"]),
      69,
      "NATS_UNREACHABLE",
      /does not answer.*start it/
    )
    const none = { INGEST_METRICS_PORT: "1" }
    expectSentence(await tickd(["status", "--server", "nats://127.0.0.1:1"], none), 69, "NO_ANSWER", /does not answer/)
  })
})

describe("the command line", () => {
  for (const { args, code = "WRONG_USE", words } of [
    { args: ["demo", "--bogus"], words: /--bogus.*tickd demo --help/ },
    { args: ["frobnicate"], words: /frobnicate.*tickd --help/ },
    { args: ["demo", "--for", "soon"], words: /--for: "soon".*20s/ },
    { args: ["demo", "--instruments", "0"], words: /--instruments: "0".*from 1 to/ },
    { args: ["demo", "--nats-port", "70000"], words: /--nats-port: "70000".*from 0 to 65535/ },
    { args: ["demo", "--feeds", "3"], words: /--feeds: "3".*from 1 to 2/ },
    { args: ["demo", "--feeds", "2", "--replay", "any.csv"], words: /A recording has one feed/ },
    { args: ["tail", "--count", "none"], words: /--count: "none"/ },
    { args: ["tail", "md.tick.*.*.IF*"], code: "SUBJECT_INVALID", words: /"IF\*"\) is no wildcard/ }
  ]) {
    it(args.join(" "), async () => {
      expectSentence(await tickd(args), 64, code, words)
    })
  }

  it("a speed that is none", async () => {
    expectSentence(await tickd(["demo", "--speed", "fast"]), 64, "SPEED_INVALID", /"fast" is not a speed: give/)
  })
})

describe("an older Node", () => {
  // The launcher checks its own version only; this Node is used where the machine has no older one.
  const older = "/usr/bin/node"
  const isOlder = async () => {
    const { stdout } = await startCommand(["--version"], { program: older }).ended.catch(() => ({ stdout: "v99" }))
    return Number(/^v(\d+)/.exec(stdout)?.[1] ?? 99) < 24
  }
  let present = false
  beforeAll(async () => {
    present = await isOlder()
    mkdirSync(folder.path, { recursive: true })
  })

  it("hands over to the project's own Node", async (context) => {
    if (!present) return context.skip("no older Node on this machine")
    const ended = await startCommand([launcher, "--version"], { program: older }).ended
    expect(ended.code, ended.stderr).toBe(0)
    expect(ended.stdout).toContain("tickd v")
  })

  it("is refused in one sentence when it must not", async (context) => {
    if (!present) return context.skip("no older Node on this machine")
    const ended = await startCommand([launcher, "status"], { program: older, env: { TICKD_NODE: "own" } }).ended
    expect(ended.code).toBe(64)
    expect(ended.stderr).toMatch(/^tickd: Node \d+\.\d+\.\d+ is too old .*install Node 24\.\n$/)
  })
})
