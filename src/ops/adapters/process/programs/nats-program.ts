import { hostname } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { errorText } from "../../../../kernel/error-text.ts"
import { cureOf } from "../../../../kernel/system-fault.ts"
import { findNatsServer } from "../../../../platform/nats/find-nats-server.ts"
import { serverConfig } from "../../../../platform/nats/server-options.ts"
import { findLeftover } from "../../../../platform/nats/server-process.ts"
import { storeSizeOf } from "../../../../platform/nats/store-size.ts"
import { makeFolders } from "../../../../platform/process/make-folders.ts"
import { declareFormat } from "../../../../platform/process/state-format.ts"
import type { LiveSettings } from "../../../domain/live-settings.ts"
import { RunLog } from "../../../ports/run-log.ts"
import { RuntimeError } from "../../../ports/runtime.ts"
import type { MakeProgram } from "../program-spec.ts"

const local = new Set(["127.0.0.1", "localhost", "[::1]", hostname()])

/** Host and port of the one server that this machine runs. */
const addressOf = ({ natsUrl }: LiveSettings): { readonly host: string; readonly port: number } | undefined => {
  if (natsUrl.includes(",") || !URL.canParse(natsUrl)) return undefined
  const { hostname: host, port, protocol } = new URL(natsUrl)
  if (protocol !== "nats:" || !local.has(host)) return undefined
  return { host: host === "[::1]" ? "::1" : "127.0.0.1", port: Number(port === "" ? "4222" : port) }
}

/**
 * nats-server with the store that `tickd run --embedded-nats` has on the same state folder: a machine may go from the
 * one to the other and keeps its streams.
 */
export const natsProgram: MakeProgram = Effect.fnUntraced(function* (settings) {
  const log = yield* RunLog
  const { instance, projectDir, runDir, stateDir, variables } = settings
  const address = addressOf(settings)
  if (address === undefined) {
    return yield* new RuntimeError({
      message: `NATS_URL names no single server of this machine without TLS, and only such a one can be started here: set MANAGE_NATS=0, or NATS_URL=nats://127.0.0.1:4222.`
    })
  }
  const lines: Array<string> = []
  const { path } = yield* findNatsServer({
    env: variables,
    root: projectDir,
    log: (line) => void lines.push(line)
  }).pipe(
    Effect.mapError(({ message }) => new RuntimeError({ message })),
    Effect.ensuring(Effect.forEach(lines, (line) => log.write("INFO", line), { discard: true }))
  )
  const storeDir = join(stateDir, "nats")
  const leftover = findLeftover(join(storeDir, "nats-server.json"))
  if (leftover.kind !== "none") {
    return yield* new RuntimeError({
      message: `The store ${storeDir} is in use by the nats-server (pid ${leftover.record.pid}) of a tickd with --embedded-nats: stop that tickd first.`
    })
  }
  const maxFileStore = yield* Effect.try({
    try: () => {
      makeFolders(stateDir)
      // The daemon finds a folder that is new no more.
      declareFormat(stateDir)
      makeFolders(storeDir)
      return storeSizeOf(storeDir).limit
    },
    catch: (cause) =>
      new RuntimeError({
        message: `The folder ${storeDir} of nats-server cannot be written (${errorText(cause)}): ${cureOf(cause, "make it writable, or set TICKD_STATE_DIR")}.`
      })
  })
  const { host, port } = address
  const text = (bytes: number | undefined) =>
    serverConfig(
      { binary: path, storeDir, port, host, syncInterval: "1s", ...(bytes !== undefined && { maxFileStore: bytes }) },
      port,
      `tickd-live-${instance}`
    )
  const configPath = join(runDir, "nats-server.conf")
  return {
    name: "nats-server",
    command: path,
    args: ["-c", configPath],
    debugArgs: ["-D"],
    environment: {},
    folders: [storeDir],
    files: [{ path: configPath, text: text(maxFileStore), mode: 0o600, isMeasured: true }],
    listens: [address],
    stopSignal: "SIGTERM",
    graceMs: 15_000,
    // Debian's nats-server ends with 1 after SIGTERM; its store is closed by then.
    cleanExits: [0, 1],
    takesSecrets: false
  }
})
