import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { boundToThisProcess } from "../../src/platform/process/bound-child.ts"
import { projectRoot } from "./nats-server.ts"

export const launcher = join(projectRoot, "src", "app", "tickd.mjs")
export const nativeFolder = join(projectRoot, ".build", "native")
/** Free ports for a demo: several may run at once on a test machine. */
export const freePorts = ["--nats-port", "0", "--http-port", "0"]

/** The developer's own settings must not affect the program under test. */
const cleanEnvironment = (): Record<string, string> => {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    const ours =
      /^(CTP_|NATS_|TICK|INGEST_|TRADE_|APCA_|DATABASE_URL|RECONCILIATION_|FAT_FINGER_|LOG_LEVEL|FORCE_COLOR|NODE_OPTIONS|VITEST)/.test(
        name
      )
    if (value !== undefined && (!ours || name === "NATS_SERVER" || name.startsWith("TICKD_NATS_"))) kept[name] = value
  }
  return kept
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A command under test. `stdout` and `stderr` are its output so far. */
export interface RunningCommand {
  readonly pid: number
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<Ended>
  /** Waits until its output matches. Rejects with the output when it ends before. */
  readonly printed: (pattern: RegExp) => Promise<RegExpExecArray>
}

const running = new Set<ChildProcess>()

/** Ends the processes that a failed test left. */
export const endCommands = async (): Promise<void> => {
  for (const child of running) {
    const gone = new Promise((resolve) => child.once("close", resolve))
    child.kill("SIGKILL")
    await gone
  }
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Program to run instead of this Node. */
  readonly program?: string
  readonly cwd?: string
  /** Omit: it reads nothing. `pipe`: the test writes. */
  readonly stdin?: "pipe"
}

/** Starts any command line; most tests use `startTickd`. */
export const startCommand = (args: ReadonlyArray<string>, options: CommandOptions = {}): RunningCommand => {
  // A process of a test ends with the test, also when the test is killed.
  const command = boundToThisProcess("SIGKILL", options.program ?? process.execPath, args)
  const child = spawn(command.program, [...command.args], {
    cwd: options.cwd ?? projectRoot,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: [options.stdin ?? "ignore", "pipe", "pipe"]
  })
  running.add(child)
  let stdout = ""
  let stderr = ""
  const watchers = new Set<() => void>()
  const told = () => {
    for (const watch of watchers) watch()
  }
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
    told()
  })
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
    told()
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => {
      running.delete(child)
      resolve({ code, signal, stdout, stderr })
    })
  })
  const printed = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(stdout) ?? pattern.exec(stderr)
        if (match === null) return
        watchers.delete(look)
        resolve(match)
      }
      watchers.add(look)
      look()
      ended.then(
        (end) =>
          reject(
            new Error(
              `ended (${end.signal ?? end.code}) before it printed ${pattern}\n${end.stdout.slice(-2000)}${end.stderr}`
            )
          ),
        reject
      )
    })
  return { pid: child.pid ?? 0, child, stdout: () => stdout, stderr: () => stderr, ended, printed }
}

/** A demo uses the family in `VENDOR_FAMILY`, like every other test with a single library. */
const familyFlags = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const family = process.env["VENDOR_FAMILY"]
  return family === undefined || args[0] !== "demo" || args.includes("--family") ? [] : ["--family", family]
}

export const startTickd = (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {},
  options: Pick<CommandOptions, "stdin"> = {}
) => startCommand(["--", launcher, ...args, ...familyFlags(args)], { env, ...options })

/** No verb of a test needs longer. A hanging verb is killed, and its output shows where. */
const longestVerbMs = 60_000

/** Runs a verb to its end. */
export const tickd = async (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {}
): Promise<Ended> => {
  const verb = startTickd(args, env)
  const killer = setTimeout(() => verb.child.kill("SIGKILL"), longestVerbMs)
  return verb.ended.finally(() => clearTimeout(killer))
}

/** Runs a verb to its end in a folder of its own. */
export const tickdIn = (cwd: string, args: ReadonlyArray<string>): Promise<Ended> =>
  startCommand(["--", launcher, ...args], { cwd }).ended

/** The addresses that `demo` announces once its tree serves. */
export const demoAddresses = async (demo: RunningCommand) => {
  const [, http = "", nats = "", worker = ""] = await demo.printed(
    /telemetry (http:\/\/[\d.:]+)\/status {2}broker (nats:\/\/[\d.:]+) {2}worker (\d+)/
  )
  return { http, nats, workerPid: Number(worker) }
}

/** The last line of stdout as JSON. */
export const lastJson = (stdout: string): Record<string, unknown> => {
  const line = stdout.trimEnd().split("\n").at(-1) ?? ""
  return JSON.parse(line) as Record<string, unknown>
}

/** Lines of the daemon's JSON log. */
export const logLines = (text: string): ReadonlyArray<Record<string, unknown>> =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** A folder that is deleted after the test, and the function to call at its end. */
export const stateFolder = () => {
  const path = mkdtempSync(join(tmpdir(), "tickd-acceptance-"))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Process id of the nats-server on a demo's state folder. */
export const natsPid = (state: string): number =>
  (JSON.parse(readFileSync(join(state, "nats", "nats-server.json"), "utf8")) as { pid: number }).pid

/** True while a process with this id exists and is not a zombie. */
export const isRunning = (pid: number): boolean => {
  const path = `/proc/${pid}/stat`
  if (!existsSync(path)) return false
  try {
    return !/\) Z /.test(readFileSync(path, "utf8"))
  } catch {
    return false
  }
}

/** Calls it every 50 ms until the result is neither undefined nor false. */
export const eventually = async <A>(
  what: string,
  ask: () => Promise<A | undefined> | A | undefined,
  withinMs = 15_000
) => {
  const until = performance.now() + withinMs
  let last: unknown
  while (performance.now() < until) {
    try {
      const answer = await ask()
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${what}: not within ${withinMs} ms${last === undefined ? "" : ` (${String(last)})`}`)
}

/** A listener that holds a port until it is closed. */
export const holdPort = (wanted = 0) =>
  new Promise<{ readonly port: number; readonly release: () => Promise<void> }>((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once("error", reject)
    server.listen(wanted, "127.0.0.1", () => {
      const address = server.address()
      if (address === null || typeof address === "string") return reject(new Error("no port"))
      resolve({ port: address.port, release: () => new Promise((done) => void server.close(() => done())) })
    })
  })
