import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { marketCommands } from "../protocol/market/commands.ts"
import { loginWaitMsDefault, loginWaitMsMax } from "../protocol/market/subscriptions.ts"
import { commandFlags } from "./daemon/command-verb.ts"
import { DaemonClient } from "./daemon-client.ts"
import { present } from "./invocation.ts"
import { durationFlag } from "./terminal/flags.ts"
import { waiting } from "./terminal/progress.ts"

/** `tickd login-reload`: a standby feed logs in with the secret that its file holds now. */
export const command = Command.make(
  "login-reload",
  {
    feed: Flag.String("feed").pipe(Flag.withDescription("Which feed: primary or backup")),
    wait: durationFlag("wait", "Longest time for the new login to be proved, 1s to 25s (default: 20s)"),
    force: Flag.Boolean("force").pipe(
      Flag.withDescription("Also the only feed of a daemon, and also with the same secret"),
      Flag.withDefault(false)
    ),
    ...commandFlags
  },
  ({ feed, force, json, reason, wait }) =>
    Effect.gen(function* () {
      const client = yield* DaemonClient
      const wait_ms = Math.min(
        Math.max(Math.round(Option.getOrElse(wait, () => loginWaitMsDefault)), 1000),
        loginWaitMsMax
      )
      const fields = { feed, wait_ms, ...(force && { force }) }
      const reply = yield* waiting(
        "waiting for the login",
        client.command(marketCommands["login-reload"], fields, { reason, waitMs: 2 * wait_ms })
      )
      yield* present(
        json,
        reply,
        ({ done, id }) => `${done} [audit ${id}]`,
        () => `tickd state session-${feed}`
      )
    })
).pipe(
  Command.provide((target) => DaemonClient.layer(target)),
  Command.withDescription(
    "Log a standby feed in with the secret that its file holds now. A login that fails is undone with the former secret; audited"
  )
)
