import { Effect, Layer } from "effect"
import { requestedBy } from "../../../platform/nats/control-request.ts"
import { marketCommands } from "../../../protocol/market/commands.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { DaemonControl, DaemonControlError } from "../../ports/daemon-control.ts"
import { askDaemon, openControl } from "./daemon-connection.ts"

/** Milliseconds. A switch answers when it has ended, so that its own wait is added. */
const answerMs = 3_000

const asControlError = ({ code, message }: { readonly code: string; readonly message: string }) =>
  new DaemonControlError({ code, message })

/**
 * The running daemon over NATS. Each request has its own connection, so that a server that was restarted in between
 * is no fault.
 */
export const daemonControl = (settings: LiveSettings): Layer.Layer<DaemonControl> =>
  Layer.succeed(DaemonControl, {
    status: openControl(settings).pipe(
      Effect.flatMap((connection) => askDaemon(settings, connection)(marketCommands.status, {}, answerMs)),
      Effect.scoped,
      Effect.mapError(asControlError)
    ),
    switchFeed: ({ drill, force, reason, to, waitMs }) =>
      Effect.gen(function* () {
        const ask = askDaemon(settings, yield* openControl(settings))
        const entry = to === "backup" ? marketCommands.failover : marketCommands.failback
        const by = requestedBy(settings.variables, "tickd live")
        const reply = yield* ask(entry, { wait_ms: waitMs, force, drill, reason, by }, answerMs + waitMs)
        if (reply.switch?.result === "committed") return reply.switch
        return yield* new DaemonControlError({
          code: "SWITCH_NOT_COMMITTED",
          message: `The switch to ${to} is not committed after ${waitMs / 1000} s (${reply.done}): run 'tickd state failover', which names what it waits for.`
        })
      }).pipe(Effect.scoped, Effect.mapError(asControlError))
  })
