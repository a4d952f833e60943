// Whoever may send a request may send rubbish: each answer is a reply or a typed refusal, and nothing is half-done.
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import { makeSubscriptionHandler } from "../../../../../src/market/application/subscriptions/subscription-handler.ts"
import { makeCommandHandler } from "../../../../../src/market/layers/control/command-handler.ts"
import { drillCommand } from "../../../../../src/market/layers/control/inject-handler.ts"
import { makeOperationCommands } from "../../../../../src/market/layers/control/operation-commands.ts"
import { makeSubscriptionCommands } from "../../../../../src/market/layers/control/subscription-commands.ts"
import { makeSubscriptionQuestions } from "../../../../../src/market/layers/control/subscription-questions.ts"
import type { AuditEntry } from "../../../../../src/protocol/control/command.ts"
import { ControlError, readRequest, statusOfCode } from "../../../../../src/protocol/control/control.ts"
import { EmptyRequest, StateRequest } from "../../../../../src/protocol/control/state.ts"
import { ActiveRequest, ContractsRequest } from "../../../../../src/protocol/market/subscriptions.ts"
import { makeFuzzer } from "../../../../support/fuzz.ts"

const inputs = 100_000

const setUp = () => {
  const entries: Array<AuditEntry> = []
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
  const commands = makeSubscriptionCommands({ instance: "t1", handler, nowMs: () => 0, sleep: async () => undefined })
  const questions = makeSubscriptionQuestions({ instance: "t1", marketHours: "calendar", handler, nowMs: () => 0 })
  const operations = makeOperationCommands({
    instance: "t1",
    children: () => ["line/publisher"],
    later: (run) => run(),
    onLateFailure: () => undefined,
    operations: {
      restartChild: async () => undefined,
      setLogLevel: () => undefined,
      refreshContracts: undefined,
      retrySession: () => "the password",
      feeds: () => ["primary"],
      drain: () => undefined
    },
    nowMs: () => 0
  })
  const drills = drillCommand({
    instance: "t1",
    enabled: true,
    feeds: ["primary"],
    drills: { crash: () => "crashed" },
    nowMs: () => 0
  })
  let id = 0
  const command = makeCommandHandler({
    instance: "t1",
    audit: { append: (entry) => String(entries.push(entry)) },
    onEntry: () => undefined,
    stopping: () => false,
    nowMs: () => 0,
    nextId: () => String(++id)
  })
  const question =
    <A>(read: (payload: Uint8Array) => Result.Result<A, ControlError>, answer: (request: A) => unknown) =>
    (payload: Uint8Array) => {
      const request = read(payload)
      if (Result.isFailure(request)) throw request.failure
      return answer(request.success)
    }
  const handlers: ReadonlyArray<(payload: Uint8Array) => unknown> = [
    (payload) => command(commands.unsubscribe)(payload, undefined),
    (payload) => command(commands.subscribe)(payload, "from"),
    (payload) => command(drills)(payload, undefined),
    (payload) => command(operations.logLevel)(payload, undefined),
    (payload) => command(operations.restart)(payload, undefined),
    question((payload) => readRequest(ActiveRequest, payload), questions.active),
    question((payload) => readRequest(ContractsRequest, payload), questions.contracts),
    question(
      (payload) => readRequest(StateRequest, payload),
      ({ actor }) => ({ actor })
    ),
    question(
      (payload) => readRequest(EmptyRequest, payload),
      () => ({})
    )
  ]
  return { entries, handlers, changed }
}

describe("the decoders of requests", () => {
  it(`answer ${inputs} inputs from a seed with a reply or a typed refusal, and only what was accepted is done`, {
    timeout: 60_000
  }, async () => {
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
    const settle = (cause: unknown) => {
      assert.instanceOf(cause, ControlError)
      assert.property(statusOfCode, (cause as ControlError).code)
      assert.match((cause as ControlError).message, /^[^\n]{10,}$/)
      tally.refusals++
    }
    const late: Array<Promise<unknown>> = []
    for (let count = 0; count < inputs; count++) {
      const handle = handlers[count % handlers.length] as (typeof handlers)[number]
      try {
        const reply = handle(next())
        if (reply instanceof Promise) late.push(reply.then(() => tally.replies++, settle))
        else {
          JSON.stringify(reply)
          tally.replies++
        }
      } catch (cause) {
        settle(cause)
      }
    }
    await Promise.all(late)
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
})
