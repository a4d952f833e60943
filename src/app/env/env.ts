import { Command } from "effect/cli"
import { explain } from "./explain.ts"
import { validate } from "./validate.ts"

/** `tickd env`: the environment variables of every program. */
export const command = Command.make("env").pipe(
  Command.withDescription("The environment variables of every program: check them, show what they mean"),
  Command.withSubcommands([validate, explain])
)
