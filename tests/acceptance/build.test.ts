// An operator runs the bundle, not the sources: what `npm run build` writes and npm packs must be the same program,
// complete.
import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { join } from "node:path"
import { Effect, Fiber } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { daemonEnvironment } from "../support/cli-daemon.ts"
import {
  endCommands,
  eventually,
  lastJson,
  logLines,
  launcher as sourceLauncher,
  startCommand,
  stateFolder
} from "../support/cli-process.ts"
import { freePort } from "../support/free-port.ts"
import { projectRoot, readStream, startServer } from "../support/nats-server.ts"
import { unpackProgram } from "../support/packed-program.ts"

const folder = stateFolder()
let built = { app: "", table: "", launcher: "" }
let natsUrl = ""
let closeNats: () => Promise<unknown> = async () => {}

beforeAll(async () => {
  built = await unpackProgram(folder.path)
  const started = Promise.withResolvers<string>()
  const serving = Effect.gen(function* () {
    const server = yield* startServer()
    started.resolve(server.url)
    return yield* Effect.never
  })
  const fiber = Effect.runFork(Effect.scoped(serving))
  closeNats = () => Effect.runPromise(Fiber.interrupt(fiber))
  natsUrl = await started.promise
})
afterAll(async () => {
  await endCommands()
  await closeNats()
  folder.remove()
})

const startBuilt = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  startCommand(["--", built.launcher, ...args], { env, cwd: folder.path })

const filesOf = (path: string): ReadonlyArray<string> =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))

const bundled = () =>
  filesOf(join(built.app, "dist"))
    .filter((name) => /^(?:chunks\/\S+|tickd|daemon)\.mjs$/.test(name))
    .map((name) => readFileSync(join(built.app, "dist", name), "utf8"))
    .join("\n")

/** Files of the programs that run on this machine. */
const programs = () =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readlinkSync(`/proc/${pid}/exe`)]
      } catch {
        return []
      }
    })

it("the table has each program, and an absent compiler is named", () => {
  for (const program of ["tickd.mjs", "daemon.mjs", "client/index.mjs", "native/x64/", "native/arm64/"]) {
    const row = built.table.split("\n").find((line) => line.startsWith(program))
    expect(row, built.table).toMatch(/\d KiB|skipped: no \S+/)
  }
})

it("the package has the programs and what they read, and no test and no source twice", () => {
  const files = filesOf(built.app).filter((name) => !name.startsWith("node_modules/"))
  expect(files).toEqual(
    expect.arrayContaining([
      "dist/tickd.mjs",
      "dist/daemon.mjs",
      `dist/native/${process.arch}/tickd-feed-worker`,
      "deploy/nats/nats.conf",
      "deploy/dev/nats-server.sh",
      "deploy/systemd/tickd.service",
      "docs/operations/live.md",
      "src/app/tickd.mjs",
      "src/market/adapters/ctp/native/build.sh"
    ])
  )
  const unwanted = files.filter(
    (name) =>
      /^(?:tests|actors|machines|deploy\/prometheus\/tests)\//.test(name) ||
      (name.endsWith(".ts") && !name.endsWith(".d.ts"))
  )
  expect(unwanted).toEqual([])
  // A source map that carries the text of the sources is a second copy of them.
  expect(
    files.filter(
      (name) => name.endsWith(".map") && /"sourcesContent"/.test(readFileSync(join(built.app, name), "utf8"))
    )
  ).toEqual([])
})

it("the bundles have each stable code and each error tag of the sources", () => {
  const text = bundled()
  const names = new Set<string>()
  for (const top of ["src", "actors", "machines"]) {
    for (const name of filesOf(join(projectRoot, top))) {
      // The package tickd-client has codes of its own.
      if (!name.endsWith(".ts") || name.startsWith("client/")) continue
      const source = readFileSync(join(projectRoot, top, name), "utf8")
      for (const [, code = ""] of source.matchAll(/\bcode: "([A-Z][A-Z0-9_]+)"/g)) names.add(code)
      for (const [, tag = ""] of source.matchAll(/TaggedError<\w+>\(\)\(\s*"(\w+)"/g)) names.add(tag)
    }
  }
  expect(names.size).toBeGreaterThan(100)
  expect([...names].filter((name) => !text.includes(`"${name}"`))).toEqual([])
})

const commandLines = [
  ["--version"],
  ["run", "--help"],
  ["run"],
  ["run", "--log-level", "loud"],
  ["runn"],
  ["status", "--server", "nats://127.0.0.1:1"],
  ["live", "plan", "start", "--phase", "never"]
]

it("it prints, and ends with the codes, of the sources", async () => {
  for (const args of commandLines) {
    const [bundle, sources] = await Promise.all(
      [built.launcher, sourceLauncher].map((path) => startCommand(["--", path, ...args], { cwd: folder.path }).ended)
    )
    expect(bundle, args.join(" ")).toEqual(sources)
  }
})

it("runs: a tick is stored, it is ready, a runbook's verb sees it, and SIGTERM drains it", async () => {
  const front = startBuilt(["front", "--port", "0", "--json", "--instruments", "50", "--rate", "500"])
  const [, address = ""] = await front.printed(/"address":"(tcp:\/\/[\d.:]+)"/)
  const http = await freePort()
  const env = {
    ...daemonEnvironment(join(folder.path, "state"), address, { INGEST_METRICS_PORT: String(http), NATS_URL: natsUrl }),
    CTP_MD_LIBRARY: join(built.app, "dist", "native", process.arch, "libtickd_sim_md_65.so")
  }
  const daemon = startBuilt(["run"], env)
  await daemon.printed(/"event":"daemon_starts"/)
  await eventually("readyz", async () => (await fetch(`http://127.0.0.1:${http}/readyz`)).status === 200)
  const [tick] = await eventually("a tick", async () => {
    const lines = await Effect.runPromise(Effect.scoped(readStream(natsUrl)))
    return lines.length > 0 ? lines : undefined
  })
  expect(JSON.parse(tick?.text ?? "")).toMatchObject({
    symbol: expect.stringMatching(/^(?:rb2701|IF2612)$/),
    feed: "primary"
  })
  // The worker of the package, and not that of the checkout.
  expect(programs()).toContain(join(built.app, "dist", "native", process.arch, "tickd-feed-worker"))

  const status = await startBuilt(["live", "status", "--runtime", "process", "--json"], env).ended
  expect(lastJson(status.stdout), status.stderr).toHaveProperty("ok")

  daemon.child.kill("SIGTERM")
  const { code, stdout } = await daemon.ended
  expect(code).toBe(0)
  const account = logLines(stdout).find(({ event }) => event === "ledger")
  expect(account?.["ledger"]).toMatchObject([{ feed: "primary", in_flight: 0, balanced: true }])
  front.child.kill("SIGTERM")
  await front.ended
})

it("a stack trace of a bundle names the sources again", async () => {
  const dist = join(built.app, "dist")
  const name = filesOf(dist).find((file) => /^chunks\/daemon-run-\w+\.mjs$/.test(file)) ?? ""
  const before = readFileSync(join(dist, name), "utf8").split("No instrument is wanted")[0]?.split("\n") ?? []
  const place = `file:///opt/tickd/dist/${name}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`
  const tool = startCommand([join(built.app, "deploy", "operations", "map-stack.mjs")], { stdin: "pipe" })
  tool.child.stdin?.end(`UserError: x\n    at prepare (${place})\n    at other (file:///elsewhere.mjs:1:2)\n`)
  const { stdout } = await tool.ended
  const source = readFileSync(join(projectRoot, "src", "app", "run.ts"), "utf8").split("\n")
  const line = Number(/at prepare \(\S*src\/app\/run\.ts:(\d+):\d+\)/.exec(stdout)?.[1])
  expect(source.slice(line - 2, line + 1).join("\n"), stdout).toContain("No instrument is wanted")
  expect(stdout).toContain("file:///elsewhere.mjs:1:2")
})
