import { Clock, Effect } from "effect"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import type { CommandHandler } from "../../../platform/control/command-table.ts"
import { controlError, refuse } from "../../../protocol/control/control.ts"
import { drillMsDefault, type Fault, faults, type InjectReply, isFault } from "../../../protocol/control/inject.ts"
import type { marketCommands } from "../../../protocol/market/commands.ts"
import type { Drill, Drills } from "../../ports/drills.ts"
import { knownFeed } from "./unknown-feed.ts"

export interface DrillOptions {
  readonly instance: string
  /** `DRILLS_ENABLED`. */
  readonly enabled: boolean
  readonly feeds: ReadonlyArray<string>
  readonly drills: Drills
}

const drillOf = (drills: Drills, fault: Fault): Drill | undefined => {
  switch (fault) {
    case "crash":
      return drills.crash
    case "disconnect":
      return drills.disconnect
    case "silence":
      return drills.silence
    case "login-reject":
      return drills.loginReject
  }
}

/** The command `inject`: a drill on a feed of this daemon. */
export const makeInject =
  (options: DrillOptions): CommandHandler<typeof marketCommands.inject> =>
  (request, id) =>
    Effect.gen(function* () {
      const { drills, enabled, feeds, instance } = options
      const { fault, feed } = request
      if (!enabled) {
        return yield* refuse(
          "DRILLS_DISABLED",
          `Drills are disabled on ${instance}: start it with DRILLS_ENABLED=true to allow them.`
        )
      }
      if (!isFault(fault)) {
        return yield* refuse("UNKNOWN_FAULT", `${JSON.stringify(fault)} is no fault: use one of ${faults.join(", ")}.`)
      }
      yield* knownFeed(instance, feeds, feed)
      const drill = drillOf(drills, fault)
      if (drill === undefined) {
        return yield* refuse(
          "DRILL_NOT_POSSIBLE",
          `${fault} cannot be done to a front that is not simulated: use disconnect or crash, or try it in 'tickd demo'.`
        )
      }
      return Effect.gen(function* () {
        const done = yield* Effect.mapError(drill(feed, request.for_ms ?? drillMsDefault), ({ message }) =>
          controlError("DRILL_NOT_POSSIBLE", message)
        )
        const at = shanghaiIso(yield* Clock.currentTimeMillis)
        const reply: InjectReply = { version: 1, instance, id, fault, feed, at, done }
        return { reply, done }
      })
    })
