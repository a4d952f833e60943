import { Effect } from "effect"
import type { Registry } from "../../../../actors/runtime/registry.ts"
import type { HandlersOf } from "../../../platform/control/command-table.ts"
import { stateReply, treeReply } from "../../../platform/control/state-replies.ts"
import type { marketCommands } from "../../../protocol/market/commands.ts"
import type { StatusMessage } from "../../../protocol/market/status.ts"
import { healthReply } from "./health-reply.ts"

/** Queries about the daemon itself. */
export const makeQueries = (options: {
  readonly instance: string
  readonly registry: Registry
  readonly status: () => StatusMessage
  readonly startedMs: number
  readonly nowMs: () => number
}): Pick<HandlersOf<typeof marketCommands>, "status" | "state" | "tree" | "health-check"> => {
  const { instance, nowMs, registry, status } = options
  let healthAskedMs: number | undefined
  return {
    status: () => Effect.sync(status),
    state: ({ actor }) => Effect.suspend(() => stateReply(registry, instance, actor, nowMs())),
    tree: () => Effect.sync(() => treeReply(registry, instance, options.startedMs, nowMs())),
    "health-check": () =>
      Effect.sync(() => {
        const reply = healthReply(status(), nowMs(), healthAskedMs)
        healthAskedMs = nowMs()
        return reply
      })
  }
}
