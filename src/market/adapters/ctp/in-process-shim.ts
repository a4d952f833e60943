import { Effect, Schema } from "effect"
import koffi from "koffi"
import { commandLine } from "../../../protocol/control/worker-command.ts"
import type { SharedRing } from "./shared-ring.ts"

/** The shim refused to open a session. `exitCode` is what the worker would have ended with (`docs/reference/ring.md`). */
export class ShimError extends Schema.TaggedError<ShimError>()("ShimError", {
  code: Schema.Literals(["SHIM_LIBRARY", "SHIM_VERSION", "SHIM_FLOW", "SHIM_RING", "SHIM_NOT_LOADED", "SHIM_COMMAND"]),
  exitCode: Schema.Int,
  message: Schema.String
}) {}

/** A session whose vendor library runs in this process. Each command's outcome comes as events in the ring. */
export interface InProcessSession {
  readonly login: (brokerId: string, userId: string, password: string) => Effect.Effect<void, ShimError>
  readonly logout: (brokerId: string, userId: string) => Effect.Effect<void, ShimError>
  readonly subscribe: (instrumentIds: ReadonlyArray<string>) => Effect.Effect<void, ShimError>
  readonly unsubscribe: (instrumentIds: ReadonlyArray<string>) => Effect.Effect<void, ShimError>
  readonly redial: Effect.Effect<void, ShimError>
  /** Release. Safe on the JavaScript thread, since the vendor's thread never waits for it. Idempotent. */
  readonly close: Effect.Effect<void>
}

export interface InProcessOptions {
  /** Path of `libtickd_shim.so`. */
  readonly shim: string
  readonly library: string
  /** Folder of the flow files, for this session alone. */
  readonly flow: string
  readonly fronts: ReadonlyArray<string>
  readonly ring: SharedRing
  /** Writing end of a pipe; absent: nobody is woken, the reader polls. */
  readonly doorbellFd?: number
  readonly production?: boolean
  readonly udp?: boolean
}

const codes = { 65: "SHIM_LIBRARY", 66: "SHIM_VERSION", 67: "SHIM_FLOW", 68: "SHIM_RING" } as const

const bindings = (path: string) => {
  const library = koffi.load(path)
  return {
    open: library.func(
      "int tickd_open(const char *library, const char *flow, const char *fronts, int udp, int multicast, int production, int ring, int doorbell, _Out_ void **session)"
    ) as (
      library: string,
      flow: string,
      fronts: string,
      udp: number,
      multicast: number,
      production: number,
      ring: number,
      doorbell: number,
      session: [bigint | null]
    ) => number,
    error: library.func("const char *tickd_error()") as () => string,
    command: library.func("int tickd_command(void *session, const char *line)") as (s: bigint, line: string) => number,
    close: library.func("void tickd_close(void *session)") as (session: bigint) => void
  }
}

/**
 * Loads the shim and a vendor library into this process: for tests and measurements. The daemon uses the worker, since a
 * vendor library can kill its host. The shim's own watchdog ends the process (code 70) when Release hangs.
 */
export const openInProcess = (options: InProcessOptions): Effect.Effect<InProcessSession, ShimError> =>
  Effect.gen(function* () {
    const native = yield* Effect.try({
      try: () => bindings(options.shim),
      catch: (cause) =>
        new ShimError({
          code: "SHIM_NOT_LOADED",
          exitCode: 65,
          message: `the shim ${options.shim} cannot be loaded (${String(cause)}): build it with npm run build:native`
        })
    })
    const out: [bigint | null] = [null]
    const code = native.open(
      options.library,
      options.flow.endsWith("/") ? options.flow : `${options.flow}/`,
      options.fronts.join("\t"),
      options.udp === true ? 1 : 0,
      0,
      options.production === false ? 0 : 1,
      options.ring.fd,
      options.doorbellFd ?? -1,
      out
    )
    const session = out[0]
    if (code !== 0 || session === null) {
      const name = codes[code as keyof typeof codes] ?? "SHIM_LIBRARY"
      return yield* new ShimError({ code: name, exitCode: code, message: native.error() })
    }
    let closed = false
    const command = (...fields: ReadonlyArray<string>) =>
      Effect.suspend(() => {
        const result = closed ? 1 : native.command(session, commandLine(fields))
        if (result === 0) return Effect.void
        const message = closed ? "the session is closed: open a new one" : native.error()
        return Effect.fail(new ShimError({ code: "SHIM_COMMAND", exitCode: 64, message }))
      })
    return {
      login: (brokerId, userId, password) => command("login", brokerId, userId, password),
      logout: (brokerId, userId) => command("logout", brokerId, userId),
      subscribe: (instrumentIds) => command("subscribe", ...instrumentIds),
      unsubscribe: (instrumentIds) => command("unsubscribe", ...instrumentIds),
      redial: command("redial"),
      close: Effect.sync(() => {
        if (!closed) native.close(session)
        closed = true
      })
    }
  })
