import { Effect, type Option } from "effect"
import type { marketCommands } from "../../protocol/market/commands.ts"
import { DaemonClient } from "../daemon-client.ts"
import { present } from "../invocation.ts"
import { instanceFlag, jsonFlag, reasonFlag, serverFlag } from "../terminal/flags.ts"
import { waiting } from "../terminal/progress.ts"

/** Flags of every command to a daemon. */
export const commandFlags = { reason: reasonFlag, json: jsonFlag, server: serverFlag, instance: instanceFlag }

/** Commands whose answer is a sentence. */
type SimpleCommand = (typeof marketCommands)[
  | "restart"
  | "log-level"
  | "retry"
  | "contracts-refresh"
  | "failover-hold"
  | "failover-release"
  | "drain"]

/** Sends a command and prints what the daemon did, with the number of its audit entry. */
export const sendCommand = <E extends SimpleCommand>(
  entry: E,
  fields: Omit<E["request"]["Type"], "by" | "reason">,
  { json, reason }: { readonly json: boolean; readonly reason: Option.Option<string> },
  next = "tickd status"
) =>
  Effect.gen(function* () {
    const client = yield* DaemonClient
    const reply = yield* waiting(`waiting for ${entry.name}`, client.command<SimpleCommand>(entry, fields, { reason }))
    yield* present(
      json,
      reply,
      ({ done, id }) => `${done} [audit ${id}]`,
      () => next
    )
  })
