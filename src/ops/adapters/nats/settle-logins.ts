import { Effect, Schedule } from "effect"
import { requestedBy } from "../../../platform/nats/control-request.ts"
import { marketCommands } from "../../../protocol/market/commands.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import type { DaemonControl } from "../../ports/daemon-control.ts"
import { askDaemon, openControl } from "./daemon-connection.ts"
import { type LeftRotation, leftRotations } from "./login-secrets.ts"

/** Milliseconds. The login of a run that was killed may go on in the daemon: then it is asked again. */
const waitMs = 10_000
const answerMs = 5_000
const whileBusy = Schedule.spaced(500)
const busyTimes = 60

/** The login with the new text has failed: the daemon uses the former one, or none. */
const isRefused: ReadonlySet<string> = new Set(["LOGIN_ROLLED_BACK", "LOGIN_LOST", "SECRET_UNREADABLE"])

const settle = (settings: LiveSettings, isRunning: boolean, { bringBack, feed, folder, keep }: LeftRotation) =>
  Effect.gen(function* () {
    const what = `A rotation that was killed has left the former secret of ${feed}`
    if (!isRunning) {
      yield* bringBack
      return `${what}: tickd does not run, and the former one is in place again, because it was proved`
    }
    const reload = Effect.gen(function* () {
      const ask = askDaemon(settings, yield* openControl(settings))
      const by = requestedBy(settings.variables, "tickd live")
      const body = { feed, wait_ms: waitMs, reason: "runbook: recovery of a rotation", by }
      return yield* ask(marketCommands["login-reload"], body, answerMs + 2 * waitMs)
    }).pipe(
      Effect.scoped,
      Effect.retry({ schedule: whileBusy, times: busyTimes, while: ({ code }) => code === "NOT_NOW" })
    )
    return yield* reload.pipe(
      Effect.flatMap(() => Effect.as(keep, `${what}: the new one is proved, and stays`)),
      Effect.catch(({ code, message }) =>
        isRefused.has(code)
          ? Effect.as(bringBack, `${what}: the former one is in place again. ${message}`)
          : Effect.succeed(
              `${what} in ${folder}, and the daemon could not be asked which one it uses (${message}) [${code}]: the next command asks again`
            )
      )
    )
  }).pipe(Effect.uninterruptible)

/**
 * `DaemonControl.settleLogins`: the daemon is asked to log in with the new text. It does nothing when it uses that.
 */
export const settleLogins =
  (settings: LiveSettings): DaemonControl["Service"]["settleLogins"] =>
  (isRunning) =>
    leftRotations(settings).pipe(
      Effect.flatMap((left) => Effect.forEach(left, (rotation) => settle(settings, isRunning, rotation))),
      Effect.catch(({ message }) => Effect.succeed([message]))
    )
