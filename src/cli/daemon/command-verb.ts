import { Effect, type Option } from "effect"
import { CommandReply } from "../../protocol/market/subscriptions.ts"
import { DaemonClient } from "../daemon-client.ts"
import { present } from "../invocation.ts"
import { instanceFlag, jsonFlag, reasonFlag, serverFlag } from "../terminal/flags.ts"
import { waiting } from "../terminal/progress.ts"

/** Flags of every command to a daemon. */
export const commandFlags = { reason: reasonFlag, json: jsonFlag, server: serverFlag, instance: instanceFlag }

/** Sends a command and prints what the daemon did, with the number of its audit entry. */
export const sendCommand = (
  verb: string,
  fields: Readonly<Record<string, string>>,
  { json, reason }: { readonly json: boolean; readonly reason: Option.Option<string> },
  next = "tickd status"
) =>
  Effect.gen(function* () {
    const client = yield* DaemonClient
    const reply = yield* waiting(`waiting for ${verb}`, client.command(verb, CommandReply, fields, { reason }))
    yield* present(
      json,
      reply,
      ({ done, id }) => `${done} [audit ${id}]`,
      () => next
    )
  })
