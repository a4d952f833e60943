import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { Effect, Redacted } from "effect"
import { type PostgresOptions, layer as postgres } from "../../src/platform/sql/postgres-client.ts"
import { freePort } from "./free-port.ts"
import { projectRoot } from "./nats-server.ts"

/** Who the server runs as when this process is root, which PostgreSQL refuses: Debian's user without rights. */
const plainUser = 65_534
const asRoot = process.getuid?.() === 0

/** The signal goes to the server when this process ends in any way. `setpriv` is of util-linux, as `mount` is. */
const bound = ["setpriv", "--pdeathsig", "INT"]
const drop = asRoot ? ["--reuid", String(plainUser), "--regid", String(plainUser), "--clear-groups"] : []

const run = (words: ReadonlyArray<string>, env: NodeJS.ProcessEnv = process.env): string => {
  const [command = "", ...args] = words
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", env, cwd: "/" })
  if (status !== 0) throw new Error(`${words.join(" ")}: ${error?.message ?? stderr}`)
  return stdout.trim()
}

/** Folder of the server's programs, and the environment that they need. */
const findServer = (folder: string) => {
  const script = join(projectRoot, "deploy", "dev", "postgres.sh")
  let bin = run(["bash", script])
  // A server from the project's cache needs its libraries, and must be readable by its user.
  const kept = join(projectRoot, ".tools", "postgres", "kept")
  if (!bin.startsWith(join(projectRoot, ".tools"))) return { bin, env: process.env }
  const own = join(folder, "server")
  cpSync(realpathSync(kept), own, { recursive: true, verbatimSymlinks: true })
  bin = realpathSync(join(own, "bin"))
  return { bin, env: { ...process.env, LD_LIBRARY_PATH: join(own, "lib") } }
}

export interface PostgresServer {
  readonly port: number
  /** URL of a new, empty schema. */
  readonly freshUrl: () => Promise<Redacted.Redacted>
  /** `SIGINT`: fast shutdown. `SIGKILL`: as a crash of the machine's process, then recovery at the next start. */
  readonly stop: (signal: "SIGINT" | "SIGKILL") => Promise<void>
  readonly start: () => Promise<void>
  /** Runs one statement by a session of its own, as another program would. */
  readonly run: (text: string) => Promise<ReadonlyArray<ReadonlyArray<unknown>>>
  /** Process id of the server. */
  readonly pid: () => number
}

const serve = async (folder: string): Promise<PostgresServer> => {
  chmodSync(folder, 0o755)
  const { bin, env } = findServer(folder)
  const data = join(folder, "data")
  mkdirSync(data, { mode: 0o700 })
  if (asRoot) chownSync(data, plainUser, plainUser)
  const options = ["-D", data, "-A", "trust", "-U", "tickd", "-E", "UTF8", "--locale=C", "--no-sync"]
  run([...bound, ...drop, join(bin, "initdb"), ...options], env)
  const port = await freePort()
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    shared_buffers: "16MB",
    max_connections: "20",
    autovacuum: "off"
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  let server: ChildProcess | undefined

  const startOnce = async (): Promise<void> => {
    const words = [...bound, ...drop, join(bin, "postgres"), "-D", data, "-p", String(port), ...flags]
    const child = spawn(words[0] ?? "", words.slice(1), { env, cwd: "/", stdio: ["ignore", "ignore", "pipe"] })
    server = child
    let text = ""
    await new Promise<void>((resolve, reject) => {
      child.once("error", reject)
      child.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${text}`)))
      child.stderr.on("data", (chunk: Buffer) => {
        text = `${text}${chunk}`.slice(-20_000)
        if (text.includes("ready to accept connections")) resolve()
      })
    })
  }
  /** After a kill the memory of the old server is in use until its last process has noticed. */
  const start = async (): Promise<void> => {
    for (let tries = 1; ; tries++) {
      try {
        return await startOnce()
      } catch (error) {
        if (tries === 100 || !/shared memory|lock file/.test(String(error))) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }
  const stop = async (signal: "SIGINT" | "SIGKILL"): Promise<void> => {
    const child = server
    server = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, "exit")
    // Its sessions outlive a killed server for a moment, and would still answer: a crash ends them all.
    const sessions = signal === "SIGKILL" ? readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8") : ""
    child.kill(signal)
    for (const pid of sessions.split(" ").filter(Boolean).map(Number)) {
      try {
        process.kill(pid, signal)
      } catch {
        // It has ended by itself.
      }
    }
    await gone
  }
  let schemas = 0
  const address = `postgres://tickd@127.0.0.1:${port}/postgres`
  const runStatement: PostgresServer["run"] = (text) =>
    Effect.runPromise(
      Effect.scoped(
        Effect.flatMap(PgConnection.make({ url: Redacted.make(address) }), (own) => own.queryValues(text, [], false))
      )
    )
  await start()
  return {
    port,
    run: runStatement,
    start,
    stop,
    freshUrl: async () => {
      const schema = `s${++schemas}`
      await runStatement(`CREATE SCHEMA ${schema}`)
      return Redacted.make(`${address}?options=${encodeURIComponent(`-c search_path=${schema}`)}`)
    },
    pid: () => server?.pid ?? 0
  }
}

/**
 * A server of its own on a free port, with fsync. It ends with the scope, and with this process.
 * @param parent folder for its data; its user must be able to enter it
 */
export const postgresServer = ({ parent = tmpdir() } = {}) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const folder = mkdtempSync(join(parent, "tickd-postgres-"))
      try {
        return { folder, server: await serve(folder) }
      } catch (error) {
        rmSync(folder, { recursive: true, force: true })
        throw error
      }
    }),
    ({ folder, server }) =>
      Effect.promise(async () => {
        await server.stop("SIGINT")
        rmSync(folder, { recursive: true, force: true })
      })
  ).pipe(Effect.map(({ server }) => server))

/** A client of the book at this address, as the program would make it. */
export const clientOf = (url: Redacted.Redacted, settings: Partial<PostgresOptions> = {}) =>
  postgres({
    url,
    writes: "orders",
    connectTimeoutMs: 1000,
    statementTimeoutMs: 5000,
    answerTimeoutMs: 8000,
    writerWaitMs: 1000,
    commitWaitMs: 10_000,
    pauseMs: 20,
    ...settings
  })
