// A command handler over an audit in memory, and a request like an operator's.
import { Effect } from "effect"
import { type CommandHandlerOptions, makeCommandHandler } from "../../src/platform/control/command-handler.ts"
import type { CommandHandler } from "../../src/platform/control/command-table.ts"
import type { AuditEntry } from "../../src/protocol/control/command.ts"
import type { CommandSpec } from "../../src/protocol/control/command-spec.ts"
import type { ControlError } from "../../src/protocol/control/control.ts"

type Over = Partial<CommandHandlerOptions<{ readonly message: string }>>

export const bytesOf = (request: unknown): Uint8Array =>
  new TextEncoder().encode(typeof request === "string" ? request : JSON.stringify(request))

/** `send` fails with the refusal, and runs the work after the reply. */
export const startCommands = (over: Over = {}) => {
  const entries: Array<AuditEntry> = []
  let id = 0
  const commands = makeCommandHandler({
    instance: "t1",
    append: (entry) => Effect.sync(() => String(entries.push(entry))),
    onEntry: () => undefined,
    stopping: () => false,
    nextId: () => String(++id),
    monotonicMs: () => 0,
    later: () => undefined,
    post: () => undefined,
    ...over
  })
  const send = <Spec extends CommandSpec>(
    spec: Spec,
    handler: CommandHandler<Spec>,
    request: unknown
  ): Effect.Effect<Spec["reply"]["Type"], ControlError> =>
    Effect.flatMap(
      commands.take(spec, handler as CommandHandler)({ payload: bytesOf(request), requestInfo: undefined }),
      ({ afterwards, reply }) => Effect.as(afterwards ?? Effect.void, reply as Spec["reply"]["Type"])
    )
  return { ...commands, entries, send }
}
