import { Context, type Effect } from "effect"
import type { RequestedBy } from "../../protocol/control/command.ts"
import type { ControlError } from "../../protocol/control/control.ts"
import type { TradingCommands } from "../../protocol/trading/commands.ts"

/**
 * The command table, for callers who are known. It promises: the same reader, handlers, audit and memory of
 * `request_id` as over NATS; `caller` stands for what the request says of its sender. Roles and rates are the
 * adapter's to check.
 */
export class CommandEntrance extends Context.Service<
  CommandEntrance,
  {
    /**
     * Carries out one request. `payload`: its JSON object, with the fields of path and query in it. Succeeds with the
     * reply as it is on the wire.
     */
    readonly perform: (
      name: keyof TradingCommands,
      payload: Uint8Array,
      caller: Pick<RequestedBy, "user" | "client">
    ) => Effect.Effect<unknown, ControlError>
  }
>()("tickd/trading/CommandEntrance") {}
