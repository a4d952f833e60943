import { Effect } from "effect"
import type { Feed } from "../../../domain/runbook-words.ts"
import type { DaemonControl } from "../../../ports/daemon-control.ts"
import { held, type Look, unmet } from "./proof-wait.ts"

type Daemon = (typeof DaemonControl)["Service"]

/** Logged in, also with contracts that were missing before. */
const isUp: ReadonlySet<string> = new Set(["streaming", "degraded"])

/** The session of a feed is up, after the daemon has proved its new login. */
export const lookLoggedIn = (daemon: Daemon, feed: Feed): Effect.Effect<Look> =>
  daemon.status.pipe(
    Effect.map(({ sessions }): Look => {
      const state = sessions.find((session) => session.feed === feed)?.state ?? "not there"
      return isUp.has(state) ? held() : unmet("rotate", `The session of ${feed} is ${state}: run 'tickd status'`)
    }),
    Effect.catch(({ message }) => Effect.succeed(unmet("rotate", message)))
  )

/** The last switch of the run has led to the feed that is active now. */
export const lookReturned = (daemon: Daemon): Effect.Effect<Look> =>
  Effect.gen(function* () {
    const { failover } = yield* daemon.status
    const last = yield* daemon.lastSwitch
    if (last === undefined || failover === undefined || last.record.to === failover.active) return held()
    return unmet("switch", `The active feed is ${failover.active}, not ${last.record.to}: run 'tickd state failover'`)
  }).pipe(Effect.catch(({ message }) => Effect.succeed(unmet("switch", message))))
