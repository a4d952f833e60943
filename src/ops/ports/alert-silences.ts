import { Context, type Effect, Schema } from "effect"
import type { Silence } from "../domain/drill/drill-silence.ts"

/**
 * Alertmanager has not done it. `UNREACHABLE`: nothing listens there. `NO_ANSWER`: none in time, or a server error; it
 * may be done all the same. `NOT_ALERTMANAGER`: something else answers there. `REFUSED`: it does not accept the
 * silence. `NOT_CONFIGURED`: no alert of this machine is sent. `message` names the thing and the reason, without a full
 * stop.
 */
export class AlertSilenceError extends Schema.TaggedError<AlertSilenceError>()("AlertSilenceError", {
  code: Schema.Literals(["UNREACHABLE", "NO_ANSWER", "NOT_ALERTMANAGER", "REFUSED", "NOT_CONFIGURED"]),
  message: Schema.String
}) {}

/**
 * Silences of alerts. Every adapter promises: a silence holds from its placement until it is removed, at the latest
 * until its end, whatever happens to the one who placed it. Each call ends within its own deadline.
 */
export class AlertSilences extends Context.Service<
  AlertSilences,
  {
    /** Who places, and the names under which alerts have this daemon in their label `instance`. */
    readonly own: { readonly author: string; readonly targets: ReadonlyArray<string> }
    /** Returns its id. */
    readonly place: (silence: Silence) => Effect.Effect<string, AlertSilenceError>
    /** Afterwards nothing is silent by it. Without effect on one that is over or unknown. */
    readonly remove: (id: string) => Effect.Effect<void, AlertSilenceError>
    /** Ids of the silences with this reason that hold now. */
    readonly find: (reason: string) => Effect.Effect<ReadonlyArray<string>, AlertSilenceError>
  }
>()("tickd/ops/AlertSilences") {}
