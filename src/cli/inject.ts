import { Console, Effect, type Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { type Fault, faults, type InjectReply } from "../protocol/control/inject.ts"
import { reasonFlag } from "./commands.ts"
import type { DaemonQuery } from "./state.ts"
import { durationFlag, instanceFlag, jsonFlag, serverFlag } from "./terminal/flags.ts"

export interface InjectOptions extends DaemonQuery {
  readonly fault: Fault
  readonly feed: string
  readonly reason: Option.Option<string>
  readonly forMs: Option.Option<number>
}

/** `tickd inject`: does a fault to a running daemon on purpose. */
export const injectCommand = <E, R>(command: (command: InjectOptions) => Effect.Effect<InjectReply, E, R>) =>
  Command.make(
    "inject",
    {
      fault: Argument.Literals("fault", faults).pipe(
        Argument.withDescription(
          "disconnect: cut the link. silence: the front says nothing. crash: SIGSEGV to the feed worker. login-reject: logins are refused"
        )
      ),
      feed: Flag.String("feed").pipe(Flag.withDescription("Feed it is done to, e.g. primary")),
      reason: reasonFlag,
      forMs: durationFlag("for", "How long silence and login-reject last (default 30s)"),
      json: jsonFlag,
      server: serverFlag,
      instance: instanceFlag
    },
    ({ json, ...asked }) =>
      Effect.flatMap(command(asked), (reply) =>
        Console.log(json ? JSON.stringify(reply) : `${reply.done} [audit ${reply.id}]`)
      )
  ).pipe(
    Command.withDescription(
      "Inject a fault into a running daemon (a drill). It is audited, and refused unless the daemon runs with DRILLS_ENABLED=true"
    )
  )
