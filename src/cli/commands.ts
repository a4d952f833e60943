import { Effect } from "effect"
import { Command } from "effect/cli"
import type { CommandsReply } from "../protocol/control/commands.ts"
import { marketCommands } from "../protocol/market/commands.ts"
import { DaemonClient } from "./daemon-client.ts"
import { present } from "./invocation.ts"
import { instanceFlag, jsonFlag, serverFlag } from "./terminal/flags.ts"
import { aligned, folded } from "./terminal/layout.ts"
import type { Screen } from "./terminal/screen.ts"

const title = "WHAT IT DOES"

/** Names and permissions in columns, the descriptions beside them. */
export const render = ({ commands, instance }: CommandsReply, screen: Screen) => {
  const rows = commands.map(({ description, name, permission }) => [name, permission, description])
  const [heading = "", ...lines] = aligned([["REQUEST", "PERMISSION", title], ...rows])
  return [
    heading,
    ...lines.map((line) => folded(line, screen, heading.indexOf(title))),
    `${commands.length} requests that ${instance} answers; --json has their schemas, limits and codes`
  ].join("\n")
}

/** `tickd commands`: the command table of a running daemon. */
export const command = Command.make(
  "commands",
  { json: jsonFlag, server: serverFlag, instance: instanceFlag },
  ({ json }) =>
    Effect.gen(function* () {
      const reply = yield* (yield* DaemonClient).ask(marketCommands.commands, {})
      yield* present(json, reply, render)
    })
).pipe(
  Command.provide((target) => DaemonClient.layer(target)),
  Command.withDescription("Show what a running daemon answers: questions and commands, with permissions")
)
