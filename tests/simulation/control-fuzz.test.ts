// A client that may send a request may send rubbish: each answer is a reply or a typed refusal, and nothing is left
// half done.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { InstrumentDirectory } from "../../src/kernel/instrument/instrument-directory.ts"
import { makeSubscriptionHandler } from "../../src/market/application/subscriptions/subscription-handler.ts"
import { makeInject } from "../../src/market/layers/control/inject-handler.ts"
import { makeOperationCommands } from "../../src/market/layers/control/operation-commands.ts"
import { makeSubscriptionCommands } from "../../src/market/layers/control/subscription-commands.ts"
import { makeSubscriptionQueries } from "../../src/market/layers/control/subscription-queries.ts"
import type { CommandHandler, QueryHandler } from "../../src/platform/control/command-table.ts"
import type { CommandSpec } from "../../src/protocol/control/command-spec.ts"
import { type ControlError, readRequest } from "../../src/protocol/control/control.ts"
import { statusOfCode } from "../../src/protocol/control/error-codes.ts"
import { marketCommands } from "../../src/protocol/market/commands.ts"
import { waitMsMax } from "../../src/protocol/market/subscriptions.ts"
import { makeFuzzer } from "../support/fuzz.ts"
import { startCommands } from "../support/send-command.ts"

const inputs = 100_000
const batch = 5000
const noMachines = { version: 1, instance: "t1", at: "", actors: [] } as const

const setUp = () => {
  const contracts = [{ id: "rb2701", exchange: "SHFE" as const, product: "rb" }]
  const changed: Array<string> = []
  const change = (ids: ReadonlyArray<string>) => {
    changed.push(...ids)
    return { changed: ids, unchanged: [] }
  }
  const handler = makeSubscriptionHandler({
    feeds: [{ feed: "primary", records: () => [], want: change, unwant: change, resubscribe: change }],
    directory: new InstrumentDirectory(contracts),
    contracts: () => contracts,
    stalled: () => [],
    lastDayOf: () => undefined,
    admits: () => true,
    nowMs: () => 0
  })
  const { entries, take } = startCommands()
  const operations = makeOperationCommands({
    instance: "t1",
    children: () => ["line/publisher"],
    onLateFailure: () => undefined,
    operations: {
      restartChild: () => Effect.void,
      setLogLevel: () => undefined,
      refreshContracts: undefined,
      retrySession: () => Effect.succeed("the password"),
      reloadLogin: () => Effect.succeed(Effect.succeed({ result: "committed", tookMs: 5 })),
      feeds: () => ["primary"],
      drain: () => undefined
    }
  })
  const subscriptions = makeSubscriptionCommands({ instance: "t1", handler })
  const queries = makeSubscriptionQueries({ instance: "t1", marketHours: "calendar", handler })
  const drill = makeInject({
    instance: "t1",
    enabled: true,
    feeds: ["primary"],
    drills: { crash: () => Effect.succeed("crashed") }
  })
  type Answer = (payload: Uint8Array) => Effect.Effect<unknown, ControlError>
  const command =
    <Spec extends CommandSpec>(spec: Spec, act: CommandHandler<Spec>): Answer =>
    (payload) =>
      take(spec, act as CommandHandler)({ payload, requestInfo: "from" })
  const query =
    <Spec extends CommandSpec>(spec: Spec, answer: QueryHandler<Spec>): Answer =>
    (payload) =>
      Effect.flatMap(Effect.fromResult(readRequest(spec.request, payload, spec.bytesMax)), answer)
  const handlers: ReadonlyArray<Answer> = [
    command(marketCommands.unsubscribe, subscriptions.unsubscribe),
    command(marketCommands.subscribe, subscriptions.subscribe),
    command(marketCommands.inject, drill),
    command(marketCommands["log-level"], operations["log-level"]),
    command(marketCommands.restart, operations.restart),
    query(marketCommands.subscriptions, queries.subscriptions),
    query(marketCommands.contracts, queries.contracts),
    query(marketCommands.state, () => Effect.succeed(noMachines)),
    query(marketCommands.tree, () => Effect.succeed({ ...noMachines, uptime_ms: 0, restarts: 0, children: [] }))
  ]
  return { entries, handlers, changed }
}

describe("the decoders of requests", () => {
  it.effect(
    `answer ${inputs} inputs from a seed with a reply or a typed refusal, and only what was accepted is done`,
    () =>
      Effect.gen(function* () {
        const { changed, entries, handlers } = setUp()
        const next = makeFuzzer(20_261_123, [
          "symbols",
          "wait_ms",
          "limit",
          "cursor",
          "feed",
          "fault",
          "for_ms",
          "child",
          "level",
          "reason",
          "by",
          "request_id",
          "symbols_only",
          "actor"
        ])
        const tally = { replies: 0, refusals: 0 }
        const answered = (reply: unknown) => {
          JSON.stringify(reply)
          tally.replies++
        }
        const refused = (error: ControlError) => {
          assert.property(statusOfCode, error.code)
          assert.match(error.message, /^[^\n]{10,}$/)
          tally.refusals++
        }
        const send = (at: number) =>
          Effect.suspend(() => {
            const handle = handlers[at % handlers.length] as (typeof handlers)[number]
            return Effect.match(handle(next()), { onSuccess: answered, onFailure: refused })
          })
        for (let sent = 0; sent < inputs; sent += batch) {
          const all = yield* Effect.forkChild(
            Effect.forEach(
              Array.from({ length: batch }, (_, at) => sent + at),
              send,
              { concurrency: "unbounded", discard: true }
            )
          )
          // Past the longest wait for a front.
          yield* TestClock.adjust(waitMsMax + 1000)
          yield* Fiber.join(all)
        }
        assert.strictEqual(tally.replies + tally.refusals, inputs)
        // A fuzzer that never gets through tests the first check only.
        assert.isAbove(tally.replies, inputs / 50)
        assert.isAbove(tally.refusals, inputs / 50)
        const accepted = entries.filter(({ result }) => result === "accepted").length
        const ended = entries.filter(({ result }) => result === "done" || result === "failed").length
        assert.strictEqual(accepted, ended)
        assert.isTrue(changed.every((name) => name === "rb2701"))
        assert.isUndefined(({} as Record<string, unknown>)["limit"])
      })
  )
})
