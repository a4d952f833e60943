// One table for NATS and HTTP: what an operator or a program commands must do what the parts do, leave its record, and
// be refused with a code that a script can switch on.
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { TradeEvents } from "../../../../../src/trading/ports/trade-events.ts"
import { type ControlWorldOptions, startControlWorld } from "../../../../support/trading/control-world.ts"
import { openMs } from "../../../../support/trading/gate-view.ts"
import { idle, limitOrder, settled } from "../../../../support/trading/order-world.ts"

const test = (title: string, body: () => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.effect(title, () => Effect.andThen(TestClock.setTime(openMs), Effect.suspend(body)))

const today = "2026-11-30"
const reason = "the first day of this account"

/** Lets the time pass in steps, so that every actor has its turns in between. */
const pass = (seconds: number) =>
  Effect.forEach(Array.from({ length: seconds * 4 }), () => Effect.andThen(TestClock.adjust(250), idle), {
    discard: true
  })

const openWorld = Effect.fnUntraced(function* (options: ControlWorldOptions = {}) {
  const world = yield* startControlWorld(options)
  yield* world.send("initialise", { reason })
  yield* pass(2)
  yield* world.send("arm", { reason, day: today })
  return world
})

const order = {
  symbol: "aapl",
  side: "buy",
  qty: 10,
  order_type: "limit",
  limit_price: "100.00",
  strategy_id: "alpha",
  client_order_id: "a"
}
const codeOf = <A, E extends { readonly code: string }>(effect: Effect.Effect<A, E>) =>
  Effect.map(Effect.flip(effect), ({ code }) => code)

describe("orders over the command table", () => {
  test("go through the gate once, under the name of the caller, and a repeat sends nothing", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      const by = { user: "zhang", host: "h", client: "c" }
      const first = yield* world.send("order-submit", { ...order, by })
      assert.strictEqual(first.message, "Order submitted")
      assert.deepStrictEqual(
        [first.symbol, first.qty, first.limit_price, first.submitted_by, first.repeat],
        ["AAPL", "10", "100", "wang", false]
      )
      yield* settled("a POST", () => world.venue.posts.length === 1)
      yield* pass(1)
      const again = yield* world.send("order-submit", order)
      assert.isTrue(again.repeat)
      assert.match(again.message, /^Order already submitted \(status: \w+\)$/)
      assert.strictEqual(again.submitted_by, "wang")
      assert.deepStrictEqual(world.venue.posts, ["a"])
      assert.strictEqual(yield* codeOf(world.send("order-submit", { ...order, qty: 11 })), "ID_IN_USE")
      // The book is the record of orders; the audit has what was refused, and commands.
      assert.deepStrictEqual(world.audit(), [
        "initialise accepted wang",
        "initialise done wang",
        "arm accepted wang",
        "arm done wang",
        "order-submit refused ID_IN_USE wang"
      ])
    }))

  test("are refused with the findings of the gate, under a code for each kind of refusal", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      const refused = (more: object) => Effect.flip(world.send("order-submit", { ...order, ...more }))
      const fat = yield* refused({ qty: 900, limit_price: "120", order_type: "limit" })
      assert.strictEqual(fat.code, "ORDER_REFUSED")
      yield* world.send("limits-change", {
        reason,
        position_qty: "100000",
        position_share: 1,
        price_collar_share: 1,
        gross_notional: "9000000",
        net_notional: "9000000",
        long_notional: "9000000"
      })
      const finger = yield* refused({ qty: 1200, limit_price: "84" })
      assert.strictEqual(finger.code, "FAT_FINGER", finger.message)
      assert.deepStrictEqual(
        finger.findings?.filter(({ outcome }) => outcome === "refuse").map(({ code }) => code),
        ["FAT_FINGER_NOTIONAL"]
      )
      yield* world.send("kill-switch-engage", { reason: "drill" })
      const closed = yield* refused({ client_order_id: "c", qty: 1 })
      assert.strictEqual(closed.code, "GATE_CLOSED")
      assert.include(closed.message, "KILL_SWITCH")
      assert.isTrue(closed.findings?.some(({ code }) => code === "KILL_SWITCH"))
      const invalid = yield* refused({ order_type: "market" })
      assert.strictEqual(invalid.code, "INVALID_ORDER")
      assert.include(invalid.message, "limit_price: a market order has none")
      assert.lengthOf(world.venue.posts, 0)
    }))

  test("are read, listed, changed and cancelled; who asked is in the book", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      for (const id of ["a", "b", "c"]) {
        yield* world.send("order-submit", { ...order, client_order_id: id, nonce: id })
        yield* settled(`the POST of ${id}`, () => world.venue.posts.includes(id))
        yield* pass(1)
      }
      const page = yield* world.send("order-list", { limit: "2" })
      assert.deepStrictEqual(
        page.orders.map((one) => one.client_order_id),
        ["c", "b"]
      )
      const rest = yield* world.send("order-list", { limit: 2, cursor: page.next_cursor })
      assert.deepStrictEqual([rest.orders.map((one) => one.client_order_id), rest.next_cursor], [["a"], null])
      assert.strictEqual(yield* codeOf(world.send("order-list", { cursor: "none" })), "UNKNOWN_CURSOR")
      assert.strictEqual(yield* codeOf(world.send("order-get", { client_order_id: "none" })), "NO_SUCH_ORDER")

      const modify = (more: object) => world.send("order-modify", { client_order_id: "a", ...more }, "li")
      assert.strictEqual(yield* codeOf(modify({})), "NOTHING_TO_CHANGE")
      assert.strictEqual(yield* codeOf(modify({ limit_price: "99.999" })), "INVALID_ORDER")
      assert.strictEqual(yield* codeOf(modify({ qty: 5000 })), "ORDER_REFUSED")
      yield* modify({ limit_price: "99.50" })
      yield* world.send("order-cancel", { client_order_id: "b", reason: "signal withdrawn" }, "li")
      yield* settled("a cancel", () => world.venue.cancels.length === 1)
      assert.strictEqual(yield* codeOf(world.send("order-cancel", { client_order_id: "none" })), "NO_SUCH_ORDER")
      const rows = (yield* world.store.journal("order_requests", 10)).map(({ body }) => {
        const { by, client_order_id, verb } = JSON.parse(body)
        return `${verb} ${client_order_id} ${by}`
      })
      assert.deepStrictEqual(rows, ["cancel none wang", "cancel b li", "modify a li", "modify a li"])
      const working = yield* world.send("order-list", { state: "working" })
      assert.include(
        working.orders.map((one) => one.client_order_id),
        "a"
      )
      assert.strictEqual((yield* world.send("positions")).total_positions, 0)
    }))

  test("with one request_id are carried out once, and a refused one may be sent again", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      yield* world.send("kill-switch-engage", { reason: "drill" })
      const request = { ...order, request_id: "r1" }
      assert.strictEqual(yield* codeOf(world.send("order-submit", request)), "GATE_CLOSED")
      yield* world.send("kill-switch-disengage", { notes: "the drill of this morning is over" })
      assert.strictEqual(world.auditReasons().at(-1), "the drill of this morning is over")
      yield* pass(3)
      const first = yield* world.send("order-submit", request)
      assert.deepStrictEqual(yield* world.send("order-submit", request), first, "the same answer, not a repeat")
      assert.strictEqual(yield* codeOf(world.send("order-submit", request, "li")), "DUPLICATE_REQUEST_ID")
      assert.strictEqual(yield* codeOf(world.send("order-submit", { ...request, qty: 11 })), "DUPLICATE_REQUEST_ID")
    }))
})

describe("commands of safety", () => {
  test("stop trading, show it, and start it again only with a reason", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      assert.strictEqual((yield* world.send("kill-switch-status")).state, "ACTIVE")
      const engaged = yield* world.send("kill-switch-engage", { reason: "quotes of yesterday", scope: "all" }, "li")
      assert.deepStrictEqual([engaged.state, engaged.scope, engaged.engaged_by], ["ENGAGED", "all", "li"])
      assert.strictEqual(yield* codeOf(world.send("kill-switch-engage", { reason: "again" })), "ALREADY_ENGAGED")
      assert.strictEqual(yield* codeOf(world.send("kill-switch-disengage", { reason: "short" })), "REASON_TOO_SHORT")
      const open = yield* world.send("kill-switch-disengage", { reason: "quotes are current again, checked" })
      assert.deepStrictEqual([open.state, open.disengaged_by, open.engaged_by], ["ACTIVE", "wang", null])
      assert.strictEqual(
        yield* codeOf(world.send("kill-switch-disengage", { reason: "quotes are current again, checked" })),
        "NOT_ENGAGED"
      )
      const rows = (yield* world.send("kill-switch-history", { limit: 3 })).entries
      assert.deepStrictEqual(
        rows.map(({ by, command, step }) => `${command} ${step} ${by}`),
        ["disengage failed wang", "disengage asked wang", "disengage done wang"]
      )
    }))

  test("trip and reset breakers of the account, a strategy and a symbol", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      const trip = yield* world.send("circuit-breaker-trip", { reason: "loop in the signal", strategy_id: "alpha" })
      assert.deepStrictEqual(
        [trip.breaker, trip.state, trip.trip_reason, trip.trip_details, trip.is_new],
        ["strategy.alpha", "TRIPPED", "MANUAL", "loop in the signal", true]
      )
      const both = { reason: "loop in the signal", strategy_id: "alpha", symbol: "AAPL" }
      assert.strictEqual(yield* codeOf(world.send("circuit-breaker-trip", both)), "MALFORMED_REQUEST")
      const status = yield* world.send("circuit-breaker-status")
      assert.deepStrictEqual(status.breakers.map(({ breaker, state }) => `${breaker} ${state}`).sort(), [
        "account OPEN",
        "strategy.alpha TRIPPED"
      ])
      assert.strictEqual(status.state, "OPEN")
      const long = { reason: "the loop is fixed and was tested", strategy_id: "alpha" }
      const reset = yield* world.send("circuit-breaker-reset", long)
      assert.deepStrictEqual([reset.state, reset.quiet_seconds_left], ["QUIET_PERIOD", 300])
      assert.strictEqual(yield* codeOf(world.send("circuit-breaker-reset", long)), "NOT_TRIPPED")
      const history = (yield* world.send("circuit-breaker-history")).entries
      assert.includeMembers(
        history.map(({ command, step }) => `${command} ${step}`),
        ["trip asked", "trip done", "reset done"]
      )
      const none = { ...long, strategy_id: "beta" }
      assert.strictEqual(yield* codeOf(world.send("circuit-breaker-reset", none)), "STATE_MISSING")
      assert.strictEqual(yield* codeOf(world.send("initialise", { reason })), "ALREADY_INITIALISED")
    }))

  test("are written before they are done: what opens is refused without the audit, what closes is carried out", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      // The file's place is taken by a folder: nothing can be appended.
      const path = join(world.folder, "audit.jsonl")
      rmSync(path)
      mkdirSync(path)
      assert.strictEqual(yield* codeOf(world.send("limits-change", { reason, position_qty: 5 })), "AUDIT_FAILED")
      assert.strictEqual((yield* world.send("limits")).limits.position_qty, "1000")
      assert.strictEqual((yield* world.send("kill-switch-engage", { reason: "full disk" })).state, "ENGAGED")
      const open = world.send("kill-switch-disengage", { reason: "the disk has room again, looked" })
      assert.strictEqual(yield* codeOf(open), "AUDIT_FAILED")
      assert.strictEqual((yield* world.send("kill-switch-status")).state, "ENGAGED")
    }))

  test("close positions only with the text of this moment, while entries are closed", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      const { confirmation } = yield* world.send("flatten-text")
      assert.strictEqual(confirmation, "flatten 0 symbols")
      const request = { reason: "end of the experiment of this week", confirmation }
      assert.strictEqual(yield* codeOf(world.send("flatten", request)), "ENTRIES_OPEN")
      yield* world.send("kill-switch-engage", { reason: "drill" })
      yield* pass(1)
      assert.strictEqual(
        yield* codeOf(world.send("flatten", { ...request, confirmation: "flatten 1 symbol" })),
        "NOT_CONFIRMED"
      )
      assert.isTrue((yield* world.send("flatten", request)).flat)
    }))

  test("a dry run says that an order was only logged", () =>
    Effect.gen(function* () {
      const dry = yield* startControlWorld({ settings: { mode: "dry" } })
      yield* dry.send("initialise", { reason })
      yield* pass(2)
      const stored = yield* dry.send("order-submit", order)
      assert.deepStrictEqual([stored.status, stored.message], ["dry_run", "Order logged (DRY_RUN mode)"])
    }))

  test("arm for one day, and disarm at once", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      const mode = yield* world.send("mode")
      assert.deepStrictEqual(
        [mode.configured, mode.armed, mode.armed_by, mode.trading_day],
        ["live", true, "wang", today]
      )
      assert.strictEqual(yield* codeOf(world.send("arm", { reason, day: "2026-12-01" })), "WRONG_DAY")
      assert.isFalse((yield* world.send("disarm", { reason: "drill" })).armed)
      assert.strictEqual(yield* codeOf(world.send("disarm", { reason: "drill" })), "NOT_ARMED")
      assert.strictEqual(yield* codeOf(world.send("order-submit", order)), "GATE_CLOSED")
      const dry = yield* startControlWorld({ settings: { mode: "dry" } })
      assert.strictEqual(yield* codeOf(dry.send("arm", { reason, day: today })), "NOT_LIVE")
      assert.strictEqual((yield* dry.send("reconciliation-run")).status, "skipped")
    }))
})

describe("limits", () => {
  test("change by version with who and why, and thresholds keep what is not named", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      const first = yield* world.send("limits-change", { reason, position_qty: "500", blacklist: ["gme"], version: 0 })
      assert.deepStrictEqual([first.limits_version, first.changed], [1, ["position_qty", "blacklist"]])
      assert.deepStrictEqual(first.limits.blacklist, ["GME"])
      assert.strictEqual(
        yield* codeOf(world.send("limits-change", { reason, position_qty: "1", version: 0 })),
        "LIMITS_CHANGED"
      )
      assert.strictEqual(yield* codeOf(world.send("limits-change", { reason })), "NOTHING_TO_CHANGE")
      yield* world.send("fat-finger-change", {
        reason: "index rebalance",
        default_thresholds: { max_qty: "20000" },
        symbol_overrides: { AAPL: { max_adv_pct: 0.1 }, MSFT: { max_qty: 5 } }
      })
      const thresholds = yield* world.send(
        "fat-finger-change",
        { reason: "done", symbol_overrides: { MSFT: null } },
        "li"
      )
      assert.deepStrictEqual(thresholds.default_thresholds, {
        max_notional: "100000",
        max_qty: "20000",
        max_adv_pct: "0.05"
      })
      assert.deepStrictEqual(thresholds.symbol_overrides, { AAPL: { max_adv_pct: "0.1" } })
      assert.strictEqual(yield* codeOf(world.send("fat-finger-change", { reason })), "NOTHING_TO_CHANGE")
      const now = yield* world.send("limits")
      assert.deepStrictEqual(
        [now.limits_version, now.changed_by, now.change_reason, now.limits.position_qty, now.limits.fat_finger_qty],
        [3, "li", "done", "500", "20000"]
      )
      const { entries } = yield* world.send("limits-history", { limit: 2 })
      assert.deepStrictEqual(
        entries.map(({ by, changed, limits_version }) => [limits_version, by, changed]),
        [
          [3, "li", ["symbol_overrides"]],
          [2, "wang", ["fat_finger_qty", "symbol_overrides"]]
        ]
      )
    }))

  test("release a strategy that the throttle stopped, once", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      const request = { strategy_id: "alpha", reason: "the loop is fixed" }
      assert.strictEqual(yield* codeOf(world.send("strategy-release", request)), "STRATEGY_NOT_STOPPED")
      yield* world.limits.stop("alpha", "repeated executions")
      assert.deepStrictEqual((yield* world.send("strategies-stopped")).strategies, ["alpha"])
      assert.include((yield* world.send("strategy-release", request)).done, "alpha")
      assert.deepStrictEqual((yield* world.send("limits")).stopped_strategies, [])
    }))
})

describe("reconciliation", () => {
  test("is run, shown and overridden, and an order that is not ours is released", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      const foreign = world.venue.place("foreign", limitOrder("5", { symbol: "MSFT" }))
      world.venue.send(foreign, "new")
      yield* pass(3)
      const run = yield* world.send("reconciliation-run", { reason: "after an outage" })
      assert.strictEqual(run.status, "completed")
      const { orphans } = yield* world.send("orphans")
      assert.deepStrictEqual(
        orphans.map(({ released_by, symbol }) => [symbol, released_by]),
        [["MSFT", null]]
      )
      const status = yield* world.send("reconciliation-status")
      assert.deepStrictEqual(
        [status.gate, status.dry_run, status.quarantine.map(({ symbol }) => symbol)],
        ["open", false, ["MSFT"]]
      )
      const release = { broker_order_id: orphans[0]?.broker_order_id, reason: "placed by hand" }
      assert.include((yield* world.send("orphan-release", release)).done, "is released")
      assert.strictEqual(yield* codeOf(world.send("orphan-release", release)), "NO_SUCH_ORPHAN")
      assert.deepStrictEqual((yield* world.send("reconciliation-status")).quarantine, [])
      assert.strictEqual(yield* codeOf(world.send("accept-position", { symbol: "AAPL", reason })), "NOT_POSSIBLE")
      const forced = yield* world.send("reconciliation-force-complete", { reason: "compared by hand" }, "li")
      assert.deepStrictEqual([forced.status, forced.user_id], ["override_enabled", "li"])
      assert.strictEqual((yield* world.send("reconciliation-status")).override_context?.user_id, "li")
    }))
})

describe("the daemon itself", () => {
  test("shows how it stands and why no entry would leave", () =>
    Effect.gen(function* () {
      const world = yield* startControlWorld()
      yield* pass(2)
      const before = yield* world.send("status")
      assert.deepStrictEqual([before.ready, before.kill_switch, before.breaker], [false, "UNKNOWN", "UNKNOWN"])
      assert.include(before.reasons, "the kill switch is UNKNOWN")
      assert.include(before.reasons, `live trading is not armed for ${today}`)
      assert.strictEqual((yield* world.send("health")).status, "degraded")
      yield* world.send("initialise", { reason })
      yield* pass(2)
      yield* world.send("arm", { reason, day: today })
      const after = yield* world.send("status")
      assert.deepStrictEqual(after.reasons, [])
      assert.deepStrictEqual(after.book, { working: 0, unconfirmed: 0, positions: 0, outbox: 0 })
      const events = Context.get(world.context, TradeEvents)
      events.publish({ type: "storeTrouble", message: "the disk is full" })
      const troubled = yield* world.send("status")
      assert.deepStrictEqual(
        [troubled.ready, troubled.reasons],
        [false, ["the book of orders cannot be written: the disk is full"]]
      )
      events.publish({ type: "storeBack" })
      const health = yield* world.send("health")
      assert.deepStrictEqual(
        [health.status, health.database_connected, health.broker_connected],
        ["healthy", true, true]
      )
      const config = yield* world.send("config")
      assert.deepStrictEqual([config.trade_mode, config.venue, config.dry_run], ["live", "simulated", false])
      assert.include(
        (yield* world.send("tree")).children.map(({ path }) => path),
        "root/monitor"
      )
      assert.strictEqual(yield* codeOf(world.send("state", { actor: "none" })), "UNKNOWN_ACTOR")
      assert.isAbove((yield* world.send("commands")).commands.length, 40)
    }))

  test("restarts a child, sets its log level and drains", () =>
    Effect.gen(function* () {
      const world = yield* startControlWorld()
      yield* pass(1)
      assert.strictEqual(yield* codeOf(world.send("restart", { child: "nothing" })), "UNKNOWN_CHILD")
      yield* world.send("restart", { child: "account-poll" })
      yield* world.send("log-level", { level: "DEBUG" })
      yield* world.send("drain", { reason: "release 1.2" })
      assert.deepStrictEqual(world.done, ["restart venue/account-poll", "DEBUG", "drain"])
      const written = world.atRestart()
      assert.include(written, "restart accepted wang", "the audit is on disk before anything is done")
      assert.notInclude(written, "restart done wang")
      yield* pass(1)
      const subjects = world.published.map(({ subject }) => subject)
      assert.strictEqual(subjects.filter((subject) => subject === "trade.audit.test").length, world.audit().length)
    }))
})
