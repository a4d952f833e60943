import { mkdirSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { Effect, type Scope } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { cureOf } from "../../kernel/system-fault.ts"
import { monotonicMs } from "../../kernel/time/monotonic.ts"
import { type ServerChild, type ServerExit, spawnServer } from "./server-child.ts"
import {
  freePort,
  NatsServerError,
  NatsServerExited,
  type NatsServerOptions,
  NatsServerSilent,
  serverConfig
} from "./server-options.ts"
import { acceptsAs, answers } from "./server-probe.ts"
import { findLeftover, isAlive, readRecord } from "./server-process.ts"
import { storeSizeOf } from "./store-size.ts"

export type { ServerExit } from "./server-child.ts"
export { NatsServerError, NatsServerExited, type NatsServerOptions, NatsServerSilent } from "./server-options.ts"

/** A nats-server that accepts connections. */
export interface NatsServer {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Total size limit of the streams in its store; undefined: not sized. */
  readonly storeBytes: number | undefined
  /** Completes when the process has ended, for any reason. */
  readonly exited: Effect.Effect<ServerExit>
  /** SIGTERM, and SIGKILL after the deadline; completes when the process has ended. May be repeated. */
  readonly stop: Effect.Effect<ServerExit>
  /** SIGKILL, for a server that does not react to SIGTERM. */
  readonly kill: Effect.Effect<ServerExit>
}

let starts = 0

const defaultStopMs = 10_000

/** Ends the server that a killed daemon left on this store. Fails when a running daemon still uses it. */
const endLeftover = Effect.fnUntraced(function* (options: NatsServerOptions, recordPath: string) {
  const leftover = findLeftover(recordPath)
  if (leftover.kind === "none") return
  const { record } = leftover
  if (leftover.kind === "owned") {
    return yield* new NatsServerError({
      code: "NATS_STORE_IN_USE",
      port: record.port,
      message: `The store ${options.storeDir} is in use by the nats-server (pid ${record.pid}) of another tickd (pid ${record.ownerPid}): stop that tickd, or choose another state folder.`
    })
  }
  options.log?.(`ending the nats-server (pid ${record.pid}) that a previous tickd left on ${options.storeDir}`)
  leftover.signal("SIGTERM")
  for (let waitedMs = 0; isAlive(record.pid, record.ticks); waitedMs += 50) {
    if (waitedMs >= (options.stopTimeoutMs ?? defaultStopMs)) leftover.signal("SIGKILL")
    yield* Effect.sleep(50)
  }
})

/**
 * Port 0 means any free port, but a restart by the same daemon keeps its port, because its clients have the URL. A
 * previous daemon's port is kept while it is free.
 */
const choosePort = Effect.fnUntraced(function* (options: NatsServerOptions, recordPath: string, host: string) {
  if (options.port !== 0) return options.port
  const record = readRecord(recordPath)
  return record !== undefined && record.ownerPid === process.pid && record.port > 0
    ? record.port
    : yield* freePort(host)
})

const startFailure = (options: NatsServerOptions, host: string, port: number, child: ServerChild): NatsServerError => {
  const lines = child.lastLines()
  if (lines.some((line) => line.includes("address already in use"))) {
    return new NatsServerError({
      code: "NATS_PORT_IN_USE",
      port,
      message: `Port ${port} on ${host} is in use, so nats-server cannot listen there: stop the program that holds it, or choose another port.`
    })
  }
  const said =
    lines.findLast((line) => /\[FTL\]|\[ERR\]|nats-server:/.test(line)) ?? lines.at(-1) ?? "it printed nothing"
  return new NatsServerError({
    code: "NATS_START_FAILED",
    port,
    message: `nats-server (${options.binary}) ended while starting on ${options.storeDir}: ${said.trim()}`
  })
}

const stopChild = (child: ServerChild, deadlineMs: number): Effect.Effect<ServerExit> =>
  Effect.gen(function* () {
    child.kill("SIGTERM")
    const ended = Effect.promise(() => child.exit)
    const exit = yield* ended.pipe(Effect.interruptible, Effect.timeoutOption(deadlineMs))
    if (exit._tag === "Some") return exit.value
    child.kill("SIGKILL")
    return yield* ended
  })

const waitUntilReady = Effect.fnUntraced(function* (
  options: NatsServerOptions,
  child: ServerChild,
  host: string,
  port: number,
  serverName: string
) {
  const ready = Effect.gen(function* () {
    while (!(yield* acceptsAs(host, port, serverName))) yield* Effect.sleep(25)
    return true
  })
  const died = Effect.promise(() => child.exit).pipe(Effect.as(false))
  const served = yield* Effect.raceAllFirst([ready, died, watchStart(options, child, host, port)])
  if (!served) return yield* startFailure(options, host, port, child)
})

const lookEveryMs = 1000

/**
 * Reports a slow start, and fails when it makes no progress. A server that reads back a large store writes log lines
 * or uses the processor, for any length of time; killed in the middle, it would start from the beginning.
 */
const watchStart = Effect.fnUntraced(function* (
  options: NatsServerOptions,
  child: ServerChild,
  host: string,
  port: number
): Effect.fn.Return<never, NatsServerError> {
  const timeoutMs = options.startTimeoutMs ?? 60_000
  const slowMs = options.slowStartMs ?? 10_000
  const beganMs = yield* monotonicMs
  let movedMs = beganMs
  let saidMs = beganMs
  let progress = child.progress()
  while (true) {
    yield* Effect.sleep(Math.min(lookEveryMs, timeoutMs, slowMs))
    const nowMs = yield* monotonicMs
    const now = child.progress()
    if (now !== progress) movedMs = nowMs
    progress = now
    if (nowMs - movedMs >= timeoutMs) {
      return yield* new NatsServerError({
        code: "NATS_START_TIMEOUT",
        port,
        message: `nats-server (${options.binary}) is running, but accepted no connection on ${host}:${port} and made no progress for ${timeoutMs / 1000} s (no log line, no processor time): it is killed; see its log and the disk of ${options.storeDir}.`
      })
    }
    if (nowMs - saidMs < slowMs) continue
    saidMs = nowMs
    options.onSlowStart?.(
      `nats-server has been starting on ${options.storeDir} for ${Math.round((nowMs - beganMs) / 1000)} s and makes progress: it is reading its store; waiting for it (last line: ${child.lastLines().at(-1)?.trim() ?? "none"})`
    )
  }
})

/**
 * Starts nats-server with file storage under `storeDir` and returns when it accepts connections. The scope's end
 * stops it. It never outlives the daemon: a death watch ends it, and a start ends what a previous daemon left on the
 * store. Fails with `NatsServerError`.
 */
export const startNatsServer = Effect.fnUntraced(function* (
  given: NatsServerOptions
): Effect.fn.Return<NatsServer, NatsServerError, Scope.Scope> {
  const options = { ...given, storeDir: resolve(given.storeDir) }
  const host = options.host ?? "127.0.0.1"
  const recordPath = join(options.storeDir, "nats-server.json")
  const configPath = join(options.storeDir, "nats-server.conf")
  const stopMs = options.stopTimeoutMs ?? defaultStopMs
  const serverName = `tickd-embedded-${process.pid}-${++starts}`
  const refuse = (cause: unknown) =>
    new NatsServerError({
      code: "NATS_START_FAILED",
      message: `nats-server's folder ${options.storeDir} cannot be written (${errorText(cause)}): ${cureOf(cause, "make it writable, or name another state folder")}.`
    })

  yield* Effect.try({ try: () => mkdirSync(options.storeDir, { recursive: true }), catch: refuse })
  yield* endLeftover(options, recordPath)
  const port = yield* choosePort(options, recordPath, host)
  const size =
    options.sizeStore === true && options.maxFileStore === undefined
      ? yield* Effect.try({ try: () => storeSizeOf(options.storeDir), catch: refuse })
      : undefined
  const sized = size === undefined ? options : { ...options, maxFileStore: size.limit }
  const child = yield* Effect.acquireRelease(
    Effect.try({
      try: () => {
        writeFileSync(configPath, serverConfig(sized, port, serverName))
        return spawnServer({ ...options, configPath, recordPath, port, log: options.log ?? (() => {}) })
      },
      catch: refuse
    }),
    (child) => stopChild(child, stopMs)
  )
  if (child.pid === undefined) {
    yield* Effect.promise(() => child.exit)
    return yield* startFailure(options, host, port, child)
  }
  yield* waitUntilReady(options, child, host, port, serverName)
  return {
    url: `nats://${host}:${port}`,
    port,
    pid: child.pid,
    storeBytes: size?.room,
    exited: Effect.promise(() => child.exit),
    stop: stopChild(child, stopMs),
    kill: Effect.suspend(() => {
      child.kill("SIGKILL")
      return Effect.promise(() => child.exit)
    })
  }
})

const probeEveryMs = 1000

/**
 * Probes the server each second. Succeeds with the length of its silence once that reaches `silentAfterMs`. Only
 * completed probes count: a suspended daemon has probed nothing meanwhile.
 */
const watchSilence = Effect.fnUntraced(function* (server: NatsServer, options: NatsServerOptions) {
  const silentMs = options.silentAfterMs ?? 15_000
  let misses = 0
  let sinceMs = yield* monotonicMs
  while (true) {
    yield* Effect.sleep(probeEveryMs)
    if (yield* answers(options.host ?? "127.0.0.1", server.port, options.jetstream !== false)) {
      misses = 0
      sinceMs = yield* monotonicMs
      continue
    }
    misses++
    const nowMs = yield* monotonicMs
    // A failed probe lasts about two seconds with its pause, so half of the expected number is enough.
    if (nowMs - sinceMs >= silentMs && misses >= Math.floor(silentMs / (2 * (probeEveryMs + 1000))))
      return { silentMs: nowMs - sinceMs }
  }
})

/**
 * The server as a supervised child: runs until it dies (`NatsServerExited`), is killed for its silence
 * (`NatsServerSilent`) or is interrupted and stopped. `onReady` is called after each start; a restart with port 0
 * keeps the port.
 */
export const runNatsServer = (
  options: NatsServerOptions & { readonly onReady?: (server: NatsServer) => Effect.Effect<void> }
): Effect.Effect<never, NatsServerExited | NatsServerSilent | NatsServerError, Scope.Scope> =>
  Effect.gen(function* () {
    const server = yield* startNatsServer(options)
    if (options.onReady !== undefined) yield* options.onReady(server)
    const end = yield* Effect.raceFirst(watchSilence(server, options), server.exited)
    if ("silentMs" in end) {
      yield* server.kill
      return yield* new NatsServerSilent({
        code: "NATS_SERVER_SILENT",
        pid: server.pid,
        silentMs: end.silentMs,
        message: `The embedded nats-server (pid ${server.pid}) was running and did not answer for ${Math.round(end.silentMs / 1000)} s: it was killed and is started again on the same store.`
      })
    }
    const { code, signal } = end
    return yield* new NatsServerExited({
      code: "NATS_SERVER_EXITED",
      exitCode: code,
      signal,
      message: `The embedded nats-server (pid ${server.pid}) ended by itself (${signal ?? `exit code ${code}`}): it is started again on the same store.`
    })
  })
