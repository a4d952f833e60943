import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import type { FailoverReply } from "../protocol/market/failover.ts"
import { reasonFlag } from "./commands.ts"
import type { DaemonQuery } from "./state.ts"
import { durationFlag, instanceFlag, jsonFlag, serverFlag } from "./terminal/flags.ts"

/** A command to make a feed the active one. `waitMs` 0: do not wait until it is. */
export interface FailoverQuery extends DaemonQuery {
  readonly verb: "failover" | "failback"
  readonly force: boolean
  readonly drill: boolean
  readonly waitMs: number
  readonly reason: Option.Option<string>
}

/** A cold switch has 30 s to commit; a few more for its way back. */
const waitDefaultMs = 35_000

const switchCommand =
  (verb: FailoverQuery["verb"], feed: string) =>
  <E, R>(send: (query: FailoverQuery) => Effect.Effect<FailoverReply, E, R>, incomplete: Effect.Effect<void>) =>
    Command.make(
      verb,
      {
        wait: durationFlag("wait", "How long to wait until the switch has ended (default 35s; 0: do not wait)"),
        force: Flag.Boolean("force").pipe(
          Flag.withDescription("Also to a feed that is not healthy, and while a hold is on"),
          Flag.withDefault(false)
        ),
        drill: Flag.Boolean("drill").pipe(
          Flag.withDescription("This is an exercise: recorded as a drill"),
          Flag.withDefault(false)
        ),
        reason: reasonFlag,
        json: jsonFlag,
        server: serverFlag,
        instance: instanceFlag
      },
      ({ json, wait, ...query }) =>
        Effect.gen(function* () {
          const waitMs = Option.getOrElse(wait, () => waitDefaultMs)
          const reply = yield* send({ ...query, verb, waitMs })
          yield* Console.log(json ? JSON.stringify(reply) : `${reply.done} [audit ${reply.id}]`)
          if (waitMs > 0 && reply.switch === null) yield* incomplete
        })
    ).pipe(
      Command.withDescription(
        `Make the ${feed} feed of a running daemon the active one: done with its first valid tick, taken back when none comes; audited`
      )
    )

/** `tickd failover`: the second feed becomes the active one. */
export const failoverCommand = switchCommand("failover", "backup")
/** `tickd failback`: the first feed becomes the active one again. */
export const failbackCommand = switchCommand("failback", "primary")
