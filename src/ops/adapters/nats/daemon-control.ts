import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, Layer } from "effect"
import { requestedBy } from "../../../platform/nats/control-request.ts"
import { attempt } from "../../../platform/nats/jetstream-trouble.ts"
import { marketCommands } from "../../../protocol/market/commands.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { type CommittedSwitch, DaemonControl, DaemonControlError, type StreamMark } from "../../ports/daemon-control.ts"
import { askDaemon, openControl, openTicks } from "./daemon-connection.ts"
import { rotateLogin } from "./rotate-login.ts"
import { settleLogins } from "./settle-logins.ts"

/** Milliseconds. A switch answers when it has ended, so that its own wait is added. */
const answerMs = 3_000
/** A switch is often asked for because something is slow: it does not wait longer for its own measurement. */
const markMs = 500

const asControlError = ({ code, message }: { readonly code: string; readonly message: string }) =>
  new DaemonControlError({ code, message })

/** Where the stream stands now; undefined when that cannot be read in time. */
const readMark = (settings: LiveSettings, stream: string): Effect.Effect<StreamMark | undefined> =>
  openTicks(settings).pipe(
    Effect.flatMap((connection) =>
      attempt(`Reading the state of stream ${stream}`, async () => {
        const manager = await jetstreamManager(connection, { checkAPI: false })
        const { state, ts } = await manager.streams.info(stream)
        return ts === undefined ? undefined : { stream, sequence: state.last_seq, atMs: Date.parse(ts) }
      })
    ),
    Effect.scoped,
    Effect.timeout(markMs),
    Effect.catch(() => Effect.undefined)
  )

/**
 * The running daemon over NATS. Each request has its own connection, so that a server that was restarted in between
 * is no fault. One layer belongs to one run: `lastSwitch` remembers in it.
 */
export const daemonControl = (settings: LiveSettings): Layer.Layer<DaemonControl> =>
  Layer.sync(DaemonControl, () => {
    let last: CommittedSwitch | undefined
    const status = openControl(settings).pipe(
      Effect.flatMap((connection) => askDaemon(settings, connection)(marketCommands.status, {}, answerMs)),
      Effect.scoped,
      Effect.mapError(asControlError)
    )
    return {
      status,
      lastSwitch: Effect.sync(() => last),
      rotateLogin: rotateLogin(settings),
      settleLogins: settleLogins(settings),
      switchFeed: ({ drill, force, reason, to, waitMs }) =>
        Effect.gen(function* () {
          const ask = askDaemon(settings, yield* openControl(settings))
          const { broker } = yield* ask(marketCommands.status, {}, answerMs)
          const mark = yield* readMark(settings, broker.stream)
          const entry = to === "backup" ? marketCommands.failover : marketCommands.failback
          const by = requestedBy(settings.variables, "tickd live")
          const reply = yield* ask(entry, { wait_ms: waitMs, force, drill, reason, by }, answerMs + waitMs)
          const record = reply.switch
          if (record?.result !== "committed") {
            return yield* new DaemonControlError({
              code: "SWITCH_NOT_COMMITTED",
              message: `The switch to ${to} is not committed after ${waitMs / 1000} s (${reply.done}): run 'tickd state failover', which names what it waits for.`
            })
          }
          last = { record, mark }
          return record
        }).pipe(Effect.scoped, Effect.mapError(asControlError))
    }
  })
