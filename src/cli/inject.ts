import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { faults } from "../protocol/control/inject.ts"
import { marketCommands } from "../protocol/market/commands.ts"
import { commandFlags } from "./daemon/command-verb.ts"
import { DaemonClient } from "./daemon-client.ts"
import { present } from "./invocation.ts"
import { durationFlag } from "./terminal/flags.ts"

const replyMs = 3000

/** `tickd inject`: injects a fault into a running daemon. */
export const command = Command.make(
  "inject",
  {
    fault: Argument.Literals("fault", faults).pipe(
      Argument.withDescription(
        "disconnect: cut the link. silence: the front sends nothing. crash: SIGSEGV to the feed worker. login-reject: logins are refused"
      )
    ),
    feed: Flag.String("feed").pipe(Flag.withDescription("Feed that gets the fault, e.g. primary")),
    forMs: durationFlag("for", "How long silence and login-reject last (default: 30s)"),
    ...commandFlags
  },
  ({ fault, feed, forMs, json, reason }) =>
    Effect.gen(function* () {
      const fields = { fault, feed, ...(Option.isSome(forMs) && { for_ms: Math.round(forMs.value) }) }
      const client = yield* DaemonClient
      const reply = yield* client.command(marketCommands.inject, fields, { reason, timeoutMs: replyMs })
      yield* present(
        json,
        reply,
        ({ done, id }) => `${done} [audit ${id}]`,
        () => `tickd history session-${feed} --since 1m`
      )
    })
).pipe(
  Command.provide((target) => DaemonClient.layer(target)),
  Command.withDescription(
    "Inject a fault into a running daemon (a drill). It is audited, and refused unless the daemon runs with DRILLS_ENABLED=true"
  )
)
