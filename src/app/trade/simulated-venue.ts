import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { Deferred, Effect } from "effect"
import type { Body } from "../../../actors/runtime/tree.ts"
import { errorText } from "../../kernel/error-text.ts"
import { Secret } from "../../kernel/secret.ts"
import { boundToThisProcess } from "../../platform/process/bound-child.ts"
import { launcher } from "../../platform/process/project.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { type AlpacaSettings, alpacaSettings, oneHostUrls } from "../../trading/adapters/alpaca/settings.ts"
import type { TradeConfig } from "../../trading/config/trade-config.ts"
import type { TradeLogFile } from "../../trading/layers/log/trade-log.ts"

/** The keys that `tickd paper` takes. */
export const simulatedKeys = { id: "PKSIMULATED", secret: "simulated-secret" }
const keys = { id: new Secret(simulatedKeys.id), secret: new Secret(simulatedKeys.secret) }
const stopMs = 3000

/** A port of this host that is free now: the venue gets it at each of its starts. */
const freePort = Effect.callback<number, UserError>((resume) => {
  const server = createServer()
  server.once("error", (cause) =>
    resume(
      Effect.fail(
        new UserError({
          code: "NO_FREE_PORT",
          exitCode: exitCodes.unavailable,
          message: `No port of 127.0.0.1 is free for the simulated venue: ${errorText(cause)}.`
        })
      )
    )
  )
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

/** `tickd paper` as a child of the tree: ready when it listens, and it ends with the tree and with this process. */
const paperBody =
  (port: number, flags: ReadonlyArray<string>, say: (line: string) => void, beginsAnew: () => void): Body =>
  (ready) =>
    Effect.gen(function* () {
      beginsAnew()
      const listening = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<string>()
      const verb = ["paper", "--port", String(port), "--json", "--until-stdin-ends", ...flags]
      const command = boundToThisProcess("SIGKILL", process.execPath, [launcher, ...verb])
      const child = yield* Effect.acquireRelease(
        Effect.sync(() => spawn(command.program, [...command.args], { stdio: ["pipe", "pipe", "pipe"] })),
        (process) =>
          Effect.callback<void>((resume) => {
            if (process.exitCode !== null || process.signalCode !== null) return resume(Effect.void)
            process.once("exit", () => resume(Effect.void))
            process.stdin.end()
            setTimeout(() => process.kill("SIGKILL"), stopMs).unref()
          })
      )
      child.stdin.on("error", () => undefined)
      child.on("error", (cause) => Deferred.doneUnsafe(ended, Effect.succeed(errorText(cause))))
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (line.includes('"listening"')) Deferred.doneUnsafe(listening, Effect.void)
      })
      createInterface({ input: child.stderr }).on("line", say)
      child.once("close", (code, signal) => Deferred.doneUnsafe(ended, Effect.succeed(signal ?? `exit code ${code}`)))
      const gone = Effect.flatMap(Deferred.await(ended), (how) =>
        Effect.fail(new Error(`the simulated venue ended by itself (${how})`))
      )
      yield* Effect.raceFirst(Deferred.await(listening), gone)
      yield* ready
      return yield* gone
    })

/** The settings of a venue that runs beside this process on a port. */
const simulatedSettings = (port: number): AlpacaSettings =>
  alpacaSettings(oneHostUrls(`http://127.0.0.1:${port}`), keys)

/** The configuration with a simulated venue as its venue, and the child that is it; without one as it was. */
export const withSimulatedVenue = Effect.fnUntraced(function* (
  config: TradeConfig,
  wanted: boolean,
  log: Pick<TradeLogFile, "write">,
  flags: ReadonlyArray<string> = []
) {
  if (!wanted) return { config, body: undefined, port: 0 }
  const port = yield* freePort
  const say = (line: string) => log.write("INFO", line, { event: "venue_line" })
  // The venue keeps nothing, and the book keeps everything.
  let hasHistory = config.database !== undefined || existsSync(join(config.bookDir, "orders.db"))
  const beginsAnew = () => {
    if (hasHistory) {
      log.write(
        "WARNING",
        "The simulated venue begins anew with an empty account. Symbols in which the book has orders or positions take " +
          "no entries: accept each position with 'tickd reconcile accept-position', or use an empty TICKD_STATE_DIR.",
        { event: "simulated_venue_new" }
      )
    }
    hasHistory = true
  }
  return {
    config: { ...config, venue: simulatedSettings(port) } satisfies TradeConfig,
    body: paperBody(port, flags, say, beginsAnew),
    port
  }
})
