import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { exitCodes } from "../platform/process/user-error.ts"
import { marketCommands } from "../protocol/market/commands.ts"
import { waitMsMax } from "../protocol/market/subscriptions.ts"
import { commandFlags, sendCommand } from "./daemon/command-verb.ts"
import { DaemonClient } from "./daemon-client.ts"
import { endWith, present } from "./invocation.ts"
import { durationFlag } from "./terminal/flags.ts"
import { waiting } from "./terminal/progress.ts"

interface SwitchQuery {
  readonly verb: "failover" | "failback"
  readonly force: boolean
  readonly drill: boolean
  /** 0: do not wait until the switch has ended. */
  readonly waitMs: number
  readonly reason: Option.Option<string>
}

/** A cold switch has 30 s to commit; a few more for its way back. */
const waitDefaultMs = 35_000

const send = Effect.fnUntraced(function* ({ drill, force, reason, verb, waitMs }: SwitchQuery) {
  const fields = {
    ...(waitMs > 0 && { wait_ms: Math.round(Math.min(waitMs, waitMsMax)) }),
    ...(force && { force }),
    ...(drill && { drill })
  }
  const client = yield* DaemonClient
  return yield* waiting("waiting for the switch", client.command(marketCommands[verb], fields, { reason, waitMs }))
})

/** Exit code 1 when the switch has not ended within the wait. */
const switchVerb = (verb: SwitchQuery["verb"], feed: string) =>
  Command.make(
    verb,
    {
      wait: durationFlag("wait", "How long to wait until the switch has ended (default: 35s; 0: do not wait)"),
      force: Flag.Boolean("force").pipe(
        Flag.withDescription("Also to a feed that is not healthy, and while a hold is on"),
        Flag.withDefault(false)
      ),
      drill: Flag.Boolean("drill").pipe(
        Flag.withDescription("This is an exercise: recorded as a drill"),
        Flag.withDefault(false)
      ),
      ...commandFlags
    },
    ({ json, wait, ...query }) =>
      Effect.gen(function* () {
        const waitMs = Option.getOrElse(wait, () => waitDefaultMs)
        const reply = yield* send({ ...query, verb, waitMs })
        yield* present(
          json,
          reply,
          ({ done, id }) => `${done} [audit ${id}]`,
          () => "tickd history switch --since 1h"
        )
        if (waitMs > 0 && reply.switch === null) yield* endWith(exitCodes.checkFailed)
      })
  ).pipe(
    Command.provide((target) => DaemonClient.layer(target)),
    Command.withDescription(
      `Make the ${feed} feed the active one. The switch is done with its first valid tick, and rolled back when none comes; audited`
    )
  )

/** `tickd failover`: the second feed becomes the active one. */
export const failover = switchVerb("failover", "backup")
/** `tickd failback`: the first feed becomes the active one again. */
export const failback = switchVerb("failback", "primary")

/** `tickd failover-hold`: the active feed stays the active one. */
export const hold = Command.make("failover-hold", commandFlags, (flags) =>
  sendCommand(marketCommands["failover-hold"], {}, flags, "tickd failover-release")
).pipe(
  Command.provide((target) => DaemonClient.layer(target)),
  Command.withDescription("Keep the active feed: no automatic switch until the hold is released; audited")
)

/** `tickd failover-release`: ends that hold. */
export const release = Command.make("failover-release", commandFlags, (flags) =>
  sendCommand(marketCommands["failover-release"], {}, flags)
).pipe(
  Command.provide((target) => DaemonClient.layer(target)),
  Command.withDescription("End a hold: automatic switches are on again; audited")
)
