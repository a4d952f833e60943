// The log remains after a night: each line must be JSON that names the session, and none may hold an account.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import type { ControlEvent } from "../../../../../src/market/adapters/ctp/ring-layout.ts"
import { DaemonLog } from "../../../../../src/market/layers/log/daemon-log.ts"
import { makeEventLines } from "../../../../../src/market/layers/log/event-lines.ts"
import { effectLoggerLayer } from "../../../../../src/platform/log/effect-logger.ts"

const make = (level: "DEBUG" | "INFO" | "WARNING") => {
  const lines: Array<string> = []
  const log = new DaemonLog({ level, write: (line) => lines.push(line), account: "0123...89" })
  const hear = makeEventLines(log, () => undefined)
  const control = (feed: string, event: unknown) => hear({ type: "front", feed, event: event as ControlEvent })
  return { log, control, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>), lines }
}

it("writes one object a line, with time in Shanghai and whose line it is", () => {
  const { log, parsed, lines } = make("DEBUG")
  log.write("INFO", "of a feed", { event: "a", feed: "primary" })
  log.write("INFO", "of the daemon\nin two lines", { event: "b" })
  const [feed, daemon] = parsed()
  assert.match(String(feed?.["ts"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+08:00$/)
  assert.deepInclude(feed, { level: "INFO", event: "a", feed: "primary", session: "ctp-primary", account: "0123...89" })
  assert.deepInclude(daemon, { event: "b", feed: null, session: null })
  for (const line of lines) assert.strictEqual(line.indexOf("\n"), line.length - 1)
})

it("keeps to its level, and does not log acknowledgements by the thousand", () => {
  const { control, log, parsed } = make("WARNING")
  log.write("INFO", "quiet", { event: "a" })
  control("primary", { kind: "subscribed", errorId: 0, instrumentId: "rb2701", message: "" })
  for (const instrumentId of ["rb2701", "rb2705"])
    control("primary", { kind: "subscribed", errorId: 6000, instrumentId, message: "" })
  control("primary", { kind: "disconnected", reason: 0x1001 })
  assert.deepStrictEqual(
    parsed().map(({ event, message, reason }) => [event, reason ?? message]),
    [
      ["subscription_refused", "1 subscriptions refused: 1 TOO_MANY_INSTRUMENTS (rb2701)"],
      ["front_disconnected", "0x1001"]
    ]
  )
})

it("leaves nothing out when it ends: folded lines are written", () => {
  const { control, log, parsed } = make("INFO")
  for (let count = 0; count < 400; count++) log.requestRefused()
  for (const instrumentId of ["rb2701", "rb2705", "rb2709"])
    control("primary", { kind: "subscribed", errorId: 16, instrumentId, message: "" })
  for (let count = 0; count < 10; count++) control("primary", { kind: "disconnected", reason: 0x1001 })
  log.flush()
  log.flush()
  const sum = (event: string, field: string) =>
    parsed().reduce((total, line) => total + (line["event"] === event ? Number(line[field] ?? 1) : 0), 0)
  assert.deepStrictEqual([sum("requests_refused", "count"), sum("subscription_refused", "count")], [400, 3])
  assert.strictEqual(sum("front_disconnected", "none") + sum("front_link_storm", "losses"), 10)
  assert.lengthOf(parsed(), 9)
})

it("R14: writes a few lines of what any source sends by the thousand, counts all, and hides nothing else", () => {
  const { control, log, parsed } = make("INFO")
  for (let count = 0; count < 10_000; count++) {
    control("primary", { kind: "error", errorId: 90, message: "CTP: later" })
    control("primary", { kind: "heartbeatWarning", lapseSeconds: count })
    control("primary", { kind: "login", errorId: 3, message: "CTP: no", tradingDay: "" })
    log.write("ERROR", "MD_QUARANTINE refuses an event: full", { event: "integrity_refused", stream: "MD_QUARANTINE" })
  }
  control("backup", { kind: "error", errorId: 90, message: "CTP: of the other feed" })
  assert.strictEqual(parsed().at(-1)?.["message"], "front error: CTP: of the other feed")
  log.flush()
  for (const event of ["front_error", "heartbeat_warning", "login_refused", "integrity_refused"]) {
    const lines = parsed().filter((line) => line["event"] === event && line["feed"] !== "backup")
    assert.lengthOf(lines, 21)
    assert.strictEqual(
      lines.reduce((sum, { folded }) => sum + 1 + Number(folded ?? 0), 0),
      10_000
    )
  }
  assert.strictEqual(
    parsed().find(({ event, folded }) => event === "heartbeat_warning" && folded !== undefined)?.["message"],
    "no heartbeat for 9999 s (and 9979 more like it)"
  )
})

it.effect("has the same shape where an actor writes it", () =>
  Effect.gen(function* () {
    const { log, parsed, lines } = make("INFO")
    yield* Effect.logWarning("from an actor").pipe(
      Effect.annotateLogs({ event: "e", feed: "primary" }),
      Effect.andThen(Effect.logDebug("not to be seen")),
      Effect.andThen(Effect.logInfo("of the daemon")),
      Effect.provide(effectLoggerLayer(log))
    )
    const [actor, daemon] = parsed()
    assert.deepInclude(actor, {
      level: "WARNING",
      event: "e",
      feed: "primary",
      session: "ctp-primary",
      account: "0123...89"
    })
    assert.strictEqual(lines.length, 2)
    assert.deepInclude(daemon, { level: "INFO", event: "log", feed: null, session: null, account: "0123...89" })
  })
)

it("begins at another level from the moment an operator says so", () => {
  const { log, parsed } = make("WARNING")
  log.write("DEBUG", "before", { event: "a" })
  log.beginAt("DEBUG")
  log.write("DEBUG", "after", { event: "b" })
  assert.deepStrictEqual(
    parsed().map(({ event }) => event),
    ["b"]
  )
})
