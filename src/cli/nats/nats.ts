import { Command } from "effect/cli"
import { init } from "./nats-init.ts"
import { renew } from "./nats-renew.ts"

/** `tickd nats init` and `tickd nats renew`. */
export const command = Command.make("nats").pipe(
  Command.withDescription("Set up a NATS server for tickd"),
  Command.withSubcommands([init, renew])
)
