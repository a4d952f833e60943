import { Context, Effect, Layer } from "effect"
import { Causes, FeedLines, FeedSilence, States } from "../lowest.ts"
import { Publish } from "../publish/publish-layer.ts"
import { makeReadiness } from "./readiness.ts"

/** Whether the daemon is ready, and what it lacks. */
export class Readiness extends Context.Service<Readiness, ReturnType<typeof makeReadiness>>()(
  "tickd/market/Readiness"
) {}

export const readinessLayer = Layer.effect(
  Readiness,
  Effect.gen(function* () {
    const { feeds, isListMissing } = yield* FeedLines
    const { counts, fence } = yield* Publish
    const { lateMs } = yield* FeedSilence
    const { board } = yield* Causes
    return makeReadiness({
      states: yield* States,
      fence,
      publisher: counts,
      ledgers: feeds.map(({ ledger }) => ledger),
      fronts: feeds.map(({ feed, addresses, gate, password }) => ({
        feed,
        isHeld: () => !gate.isOpen(),
        ...(addresses !== undefined && { addresses }),
        ...(password !== undefined && { fixedPassword: !password.isFile }),
        lateMs: () => lateMs(feed)
      })),
      waiting: () => board.list(),
      ...(isListMissing !== undefined && { isListMissing })
    })
  })
)
