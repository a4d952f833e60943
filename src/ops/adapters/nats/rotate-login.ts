import { Effect, Exit } from "effect"
import { requestedBy } from "../../../platform/nats/control-request.ts"
import { marketCommands } from "../../../protocol/market/commands.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { type DaemonControl, DaemonControlError } from "../../ports/daemon-control.ts"
import { askDaemon, openControl } from "./daemon-connection.ts"
import { replaceLoginSecrets } from "./login-secrets.ts"

/** Milliseconds beside the two proofs. */
const answerMs = 5_000

/**
 * `DaemonControl.rotateLogin`: the secret files that the daemon was started with get the secrets of this run, and the
 * daemon reads them. A signal does not end it: the daemon goes on, and the files must hold what it came to.
 */
export const rotateLogin =
  (settings: LiveSettings): DaemonControl["Service"]["rotateLogin"] =>
  ({ feed, reason, waitMs }) =>
    Effect.acquireUseRelease(
      replaceLoginSecrets(settings, feed),
      () =>
        Effect.gen(function* () {
          const ask = askDaemon(settings, yield* openControl(settings))
          const by = requestedBy(settings.variables, "tickd live")
          const body = { feed, wait_ms: waitMs, reason, by }
          const reply = yield* ask(marketCommands["login-reload"], body, answerMs + 2 * waitMs)
          return reply.result === "committed"
        }).pipe(Effect.scoped),
      (replaced, exit) => (Exit.isSuccess(exit) ? replaced.keep : replaced.bringBack)
    ).pipe(
      Effect.mapError(
        ({ code, message }: { readonly code: string; readonly message: string }) =>
          new DaemonControlError({ code, message })
      ),
      Effect.uninterruptible
    )
