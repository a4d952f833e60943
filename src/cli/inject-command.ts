import { Effect, Option } from "effect"
import { InjectReply, type InjectRequest } from "../protocol/control/inject.ts"
import { whoAsks } from "./ask/command-query.ts"
import { askDaemon, openQuestion, resolveInstance } from "./ask/state-query.ts"
import type { InjectOptions } from "./inject.ts"

/** `tickd inject`: sends the command to the daemon and waits for what it did. */
export const sendInjection = ({ fault, feed, reason, forMs, ...query }: InjectOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* openQuestion(query.server)
      const instance = yield* resolveInstance(connection, query)
      const request: InjectRequest = {
        fault,
        feed,
        by: whoAsks(),
        ...(Option.isSome(reason) && { reason: reason.value }),
        ...(Option.isSome(forMs) && { for_ms: Math.round(forMs.value) })
      }
      return yield* askDaemon(connection, instance, "inject", request, InjectReply)
    })
  )
