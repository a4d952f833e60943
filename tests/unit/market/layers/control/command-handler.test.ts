// A command changes what a trading handler receives: it is carried out once, written down, and refused in one sentence.
import { assert, describe, it } from "@effect/vitest"
import { refusalOf, type SubscriptionRecord } from "../../../../../src/kernel/instrument/subscription-record.ts"
import { makeCommandHandler } from "../../../../../src/market/layers/control/command-handler.ts"
import { makeOperationCommands } from "../../../../../src/market/layers/control/operation-commands.ts"
import { makeSubscriptionCommands } from "../../../../../src/market/layers/control/subscription-commands.ts"
import type { SubscriptionHandler } from "../../../../../src/market/ports/subscription-handler.ts"
import type { AuditEntry } from "../../../../../src/protocol/control/command.ts"
import { ControlError, type ControlErrorCode, replyBytesMax } from "../../../../../src/protocol/control/control.ts"
import { type SymbolsReply, symbolsMax } from "../../../../../src/protocol/market/subscriptions.ts"

const record = (instrumentId: string, over: Partial<SubscriptionRecord> = {}): SubscriptionRecord => ({
  subscriptionId: instrumentId,
  instrumentId,
  feed: "primary",
  state: "desired",
  createdMs: 0,
  sentMs: undefined,
  acknowledgedMs: undefined,
  refusal: undefined,
  firstTickMs: undefined,
  lastTickMs: undefined,
  ticks: 0,
  doubt: undefined,
  setAside: undefined,
  ...over
})

const setUp = (records: ReadonlyArray<SubscriptionRecord> = [], stopping = false) => {
  const entries: Array<AuditEntry> = []
  const wanted: Array<string> = []
  const held = [...records]
  let nowMs = 0
  let id = 0
  const handler: SubscriptionHandler = {
    feeds: ["primary"],
    records: () => held,
    exchangeOf: () => "SHFE",
    stalled: () => [],
    lastDayOf: (id) => (id === "rb2610" ? 20261015 : undefined),
    contracts: () => ["ag2702", "cu2701", "rb2701"].map((name) => ({ id: name, exchange: "SHFE" })),
    want: (instruments) => {
      wanted.push(...instruments)
      return { accepted: instruments, rejected: [] }
    },
    unwant: (instruments) => ({
      accepted: [],
      rejected: instruments.map((instrument) => ({ instrument, reason: "Not wanted" }))
    }),
    resubscribe: (instruments) => ({ accepted: instruments, rejected: [] })
  }
  const verbs = makeSubscriptionCommands({
    instance: "t1",
    handler,
    nowMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms
      if (nowMs >= 200 && held.length === 0) held.push(record("rb2701", { acknowledgedMs: nowMs }))
    }
  })
  const command = makeCommandHandler({
    instance: "t1",
    audit: { append: (entry) => String(entries.push(entry)) },
    onEntry: () => undefined,
    stopping: () => stopping,
    nowMs: () => nowMs,
    nextId: () => String(++id)
  })
  const bytes = (request: unknown) => new TextEncoder().encode(JSON.stringify(request))
  const send = async (verb: "subscribe" | "unsubscribe" | "resubscribe", request: unknown) => {
    try {
      return (await command(verbs[verb])(bytes(request), undefined)) as SymbolsReply
    } catch (error) {
      if (error instanceof ControlError) return error.code
      throw error
    }
  }
  return { entries, wanted, send, command, bytes }
}

describe("commands for symbols", () => {
  it("name each symbol once in the reply, whatever it was called, and say why one is not taken", async () => {
    const { entries, send, wanted } = setUp()
    const reply = await send("subscribe", {
      symbols: ["rb2701", "rb2701", "rb2701.SHFE", "cu2701.DCE", "xx9999", "rb2610.SHFE", "", " ag2702 "],
      reason: "night session"
    })
    assert.deepInclude(reply as SymbolsReply, {
      accepted: ["rb2701", "ag2702"],
      rejected: [
        { symbol: "cu2701.DCE", reason: "Wrong exchange: cu2701 trades on SHFE" },
        { symbol: "xx9999", reason: "Unknown instrument: no contract list has it" },
        { symbol: "rb2610.SHFE", reason: "Expired: its last trading day was 20261015" },
        { symbol: "", reason: "Symbol cannot be empty" }
      ],
      rejected_total: 4,
      waited: false
    })
    assert.deepStrictEqual(wanted, ["rb2701", "ag2702"])
    assert.deepStrictEqual(
      entries.map(({ result, reason }) => [result, reason]),
      [
        ["accepted", "night session"],
        ["done", "night session"]
      ]
    )
  })

  it("wait for the front's answers when asked to, and no longer than asked", async () => {
    const waited = (await setUp().send("subscribe", { symbols: ["rb2701", "cu2701"], wait_ms: 1000 })) as SymbolsReply
    assert.deepInclude(waited, { accepted: ["rb2701"], pending: ["cu2701"], waited: true })
    const refused = setUp([record("rb2701", { refusal: refusalOf(16, "no such instrument", 0) })])
    const reply = (await refused.send("subscribe", { symbols: ["rb2701"], wait_ms: 1000 })) as SymbolsReply
    assert.deepStrictEqual(reply.rejected, [{ symbol: "rb2701", reason: "INSTRUMENT_NOT_FOUND: no such instrument" }])
  })

  it("that ask once more wait for a new answer, whatever the front said before", async () => {
    const { send } = setUp([
      record("rb2701", { refusal: refusalOf(16, "long ago", -5) }),
      record("cu2701", { acknowledgedMs: -5 })
    ])
    const again = (await send("resubscribe", { symbols: ["rb2701", "cu2701"], wait_ms: 300 })) as SymbolsReply
    assert.deepStrictEqual([again.pending, again.accepted, again.rejected], [["rb2701", "cu2701"], [], []])
  })

  it("are refused whole: empty, too many, of wrong types, with an unknown field, while the daemon drains", async () => {
    const many = Array.from({ length: symbolsMax + 1 }, (_, at) => `x${at}`)
    const cases: ReadonlyArray<readonly [unknown, ControlErrorCode]> = [
      [{ symbols: [] }, "NOTHING_ASKED"],
      [{ symbols: many }, "TOO_MANY_SYMBOLS"],
      [{ symbols: Array.from({ length: 100_000 }, (_, at) => `longer${at}`) }, "REQUEST_TOO_LARGE"],
      [{ symbols: "rb2701" }, "MALFORMED_REQUEST"],
      [{ symbols: [1] }, "MALFORMED_REQUEST"],
      [{ symbols: ["rb2701"], force: true }, "UNKNOWN_FIELD"],
      [{ symbols: ["rb2701"], feed: "third" }, "UNKNOWN_FEED"],
      [[], "MALFORMED_REQUEST"]
    ]
    for (const [request, code] of cases) {
      const { entries, send, wanted } = setUp()
      assert.strictEqual(await send("subscribe", request), code)
      assert.deepStrictEqual(wanted, [])
      assert.deepStrictEqual(
        entries.map((entry) => [entry.result, entry.code]),
        [["refused", code]]
      )
    }
    assert.strictEqual(await setUp([], true).send("subscribe", { symbols: ["rb2701"] }), "STOPPING")
  })

  it("that are refused for one field are still told with who asked and why", async () => {
    const by = { user: "wang", host: "handler-3", client: "script" }
    const { entries, send } = setUp()
    await send("subscribe", { symbols: "rb2701", by, reason: "night session", request_id: "r1" })
    await send("subscribe", { symbols: ["rb2701"], by, reason: 5 })
    await send("subscribe", [by])
    assert.deepStrictEqual(
      entries.map((entry) => [entry.result, entry.by.user, entry.reason, entry.request_id]),
      [
        ["refused", "wang", "night session", "r1"],
        ["refused", "wang", "not told", null],
        ["refused", "not told", "not told", null]
      ]
    )
  })

  it("with a request_id are carried out once; the id cannot be used for something else", async () => {
    const { entries, send, wanted } = setUp()
    const request = { symbols: ["rb2701"], request_id: "r1" }
    const first = await send("subscribe", request)
    assert.strictEqual(await send("subscribe", request), first)
    assert.deepStrictEqual(wanted, ["rb2701"])
    assert.strictEqual(await send("subscribe", { ...request, symbols: ["cu2701"] }), "DUPLICATE_REQUEST_ID")
    assert.strictEqual(await send("unsubscribe", request), "DUPLICATE_REQUEST_ID")
    assert.deepStrictEqual(
      entries.map(({ result }) => result),
      ["accepted", "done", "refused", "refused"]
    )
  })

  it("that nobody can take in are answered within one message: all are counted, as many as fit with their reason", async () => {
    const symbols = Array.from({ length: symbolsMax }, (_, at) => `IO2701-C-${at}.CFFEX`)
    const { entries, send } = setUp()
    const reply = (await send("subscribe", { symbols: ["rb2701", ...symbols.slice(1)] })) as SymbolsReply
    assert.isAtMost(new TextEncoder().encode(JSON.stringify(reply)).length, replyBytesMax)
    assert.strictEqual(reply.rejected_total, symbolsMax - 1)
    assert.isAbove(reply.rejected.length, 9000)
    assert.deepStrictEqual(reply.accepted, ["rb2701"])
    assert.strictEqual(entries.at(-1)?.message, `1 accepted, ${symbolsMax - 1} rejected, 0 pending`)
  })

  it("keep long lists out of the audit", async () => {
    const { entries, send } = setUp()
    await send("subscribe", { symbols: Array.from({ length: 500 }, (_, at) => `x${at}`) })
    assert.deepInclude(entries[0]?.request["symbols"] as object, { count: 500 })
  })
})

describe("commands for the process", () => {
  it("U10: restart takes an id of the tree that only one child has", async () => {
    const { bytes, command } = setUp()
    const done: Array<string> = []
    const commands = makeOperationCommands({
      instance: "t1",
      children: () => ["root/telemetry", "front-primary/session", "front-backup/session"],
      later: () => undefined,
      onLateFailure: () => undefined,
      operations: {
        restartChild: async (path) => void done.push(path),
        setLogLevel: () => undefined,
        refreshContracts: undefined,
        retrySession: () => "the password",
        feeds: () => ["primary"],
        drain: () => undefined
      },
      nowMs: () => 0
    })
    const restart = (child: string) =>
      Promise.resolve()
        .then(() => command(commands.restart)(bytes({ child }), undefined))
        .then(
          () => "done",
          (error: unknown) => (error instanceof ControlError ? error.message : String(error))
        )
    assert.strictEqual(await restart("telemetry"), "done")
    assert.strictEqual(await restart("front-backup/session"), "done")
    assert.include(await restart("session"), "name one of front-primary/session, front-backup/session")
    assert.include(await restart("root"), 'no child "root"')
    assert.deepStrictEqual(done, ["root/telemetry", "front-backup/session"])
  })

  it("name what does not exist, and tell why a child was not restarted", async () => {
    const { bytes, command } = setUp()
    const done: Array<string> = []
    const later: Array<() => void> = []
    const commands = makeOperationCommands({
      instance: "t1",
      children: () => ["line/publisher", "front-primary/session", "root/journal"],
      later: (run) => void later.push(run),
      onLateFailure: (child, why) => void done.push(`${child}: ${why}`),
      operations: {
        restartChild: async (path) => {
          if (path !== "front-primary/session") throw new Error("it runs")
          done.push(path)
        },
        setLogLevel: (level) => void done.push(level),
        refreshContracts: undefined,
        retrySession: () => "the password",
        feeds: () => ["primary"],
        drain: () => void done.push("drain")
      },
      nowMs: () => 0
    })
    const code = async (run: () => unknown) => {
      try {
        await run()
        return "done"
      } catch (error) {
        return error instanceof ControlError ? error.code : String(error)
      }
    }
    assert.strictEqual(
      await code(() => command(commands.restart)(bytes({ child: "root/x" }), undefined)),
      "UNKNOWN_CHILD"
    )
    assert.strictEqual(
      await code(() => command(commands.restart)(bytes({ child: "line/publisher" }), undefined)),
      "NOT_NOW"
    )
    assert.strictEqual(
      await code(() => command(commands.logLevel)(bytes({ level: "LOUD" }), undefined)),
      "MALFORMED_REQUEST"
    )
    // There is no source of contracts: refused before it is audited as begun.
    assert.strictEqual(await code(() => command(commands.contractsRefresh)(bytes({}), undefined)), "NOT_NOW")
    for (const [one, request] of [
      [commands.restart, { child: "front-primary/session" }],
      [commands.logLevel, { level: "DEBUG" }],
      [commands.drain, {}]
    ] as const) {
      assert.strictEqual(await code(() => command(one as never)(bytes(request), undefined)), "done")
    }
    assert.deepStrictEqual(done.splice(0), ["front-primary/session", "DEBUG", "drain"])
    // What the answer travels over is restarted behind it, and a failure is told in another way.
    assert.strictEqual(await code(() => command(commands.restart)(bytes({ child: "root/journal" }), undefined)), "done")
    assert.deepStrictEqual(done, [])
    for (const run of later) run()
    await Promise.resolve()
    await Promise.resolve()
    assert.deepStrictEqual(done, ["root/journal: it runs"])
  })
})
