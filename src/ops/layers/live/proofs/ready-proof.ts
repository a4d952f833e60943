import { Effect } from "effect"
import type { HttpAnswer } from "./http-look.ts"
import { askHttp } from "./http-look.ts"
import { openSessions } from "./open-sessions.ts"
import { held, hopeless, type Look, type ProofTools, unmet } from "./proof-wait.ts"

/** `not ready: …` as a reason; a session that is not logged in has a code of its own, because tickd itself runs. */
export const readyLook = (telemetryUrl: string, { status, text }: HttpAnswer): Look => {
  if (status === 200) return held()
  const [first = ""] = text.split("\n")
  if (status === 0) return unmet("tickd", `tickd does not answer at ${telemetryUrl} (${first}): see its log`)
  const reasons = first.replace(/^not ready: /, "")
  const why = `tickd is not ready: ${reasons}`
  // Credentials that the front refuses stay refused until an operator changes them.
  if (/^session \S+ rejected\b/.test(reasons)) return hopeless("ingest", why)
  return unmet(/^session \S+ /.test(reasons) ? "ingest" : "tickd", why)
}

/** The daemon answers `/readyz` with 200. */
export const lookReady = ({ settings: { telemetryUrl } }: ProofTools): Effect.Effect<Look> =>
  Effect.map(askHttp(`${telemetryUrl}/readyz`), (answer) => readyLook(telemetryUrl, answer))

/**
 * Nothing answers at the daemon's address, and no worker of a daemon that ran holds its session. A stop in another
 * folder than the start finds nothing to stop, and the daemon streams on: the operator must not read that it has ended.
 */
export const lookEnded = ({ settings: { runDir, stateDir, telemetryUrl } }: ProofTools): Effect.Effect<Look> =>
  Effect.map(askHttp(`${telemetryUrl}/readyz`), ({ status }) => {
    if (status !== 0) {
      return hopeless(
        "stop",
        `A daemon still answers at ${telemetryUrl}, and the run folder ${runDir} knows none: run the stop in the folder of its start, or set TICKD_RUN_DIR`
      )
    }
    const open = openSessions(stateDir)
    return open.length === 0 ? held() : unmet("stop", `Workers of tickd still hold their sessions: ${open.join(", ")}`)
  })
