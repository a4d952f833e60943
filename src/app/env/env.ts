import { Command } from "effect/cli"
import { diff } from "./diff.ts"
import { explain } from "./explain.ts"
import { runtime } from "./runtime.ts"
import { show } from "./show.ts"
import { validate } from "./validate.ts"

/** `tickd env`: the environment variables of every program. */
export const command = Command.make("env").pipe(
  Command.withDescription("The environment variables of every program: check, show, compare and explain them"),
  Command.withSubcommands([validate, show, diff, explain, runtime])
)
