import { BigDecimal, Clock, Effect, Result } from "effect"
import type { HandlersOf } from "../../../platform/control/command-table.ts"
import { type RegistryView, stateReply, treeReply } from "../../../platform/control/state-replies.ts"
import type { TradingCommands } from "../../../protocol/trading/commands.ts"
import type { TradingStatusMessage } from "../../../protocol/trading/daemon-messages.ts"
import { Arming } from "../../ports/arming.ts"
import { OrderStore } from "../../ports/order-store.ts"
import { Reconciler } from "../../ports/reconciler.ts"
import { Safety } from "../../ports/safety.ts"
import { LimitBook, VenueWatch } from "../../ports/trade-conditions.ts"
import { TradeEvents } from "../../ports/trade-events.ts"
import { VenueHealth } from "../../ports/venue-health.ts"
import { accountWord, killSwitchMessage } from "./safety-message.ts"
import { utcText } from "./words.ts"

type Book = NonNullable<TradingStatusMessage["book"]>

/** Why an entry would not leave now, one sentence each. */
const reasonsOf = (status: Omit<TradingStatusMessage, "ready" | "reasons">): ReadonlyArray<string> => {
  const { armed, book, breaker, kill_switch, reconciliation, trade_mode, trading_day, venue } = status
  const reasons: ReadonlyArray<readonly [isSo: boolean, reason: string]> = [
    [kill_switch !== "ACTIVE", `the kill switch is ${kill_switch}`],
    [breaker !== "OPEN", `the account's breaker is ${breaker}`],
    [status.monitor_silent_ms === null, "the monitor has given no sign of life yet"],
    [reconciliation !== "open", `the reconciliation gate is ${reconciliation}`],
    [book === null, "the book of orders does not answer"],
    [venue.stopped !== null, venue.stopped ?? ""],
    [!venue.listening, "updates of the venue are not received"],
    [!venue.clock_known, "the venue's clock is not known"],
    [!venue.account_known, "the venue's account is not known"],
    [trade_mode === "live" && !armed, `live trading is not armed for ${trading_day}`]
  ]
  return reasons.filter(([isSo]) => isSo).map(([, reason]) => reason)
}

type Handlers = Pick<HandlersOf<TradingCommands>, "status" | "health" | "config" | "state" | "tree">

/** How the daemon stands, over the wire. */
export const makeDaemonQueries = Effect.fnUntraced(function* (options: {
  readonly instance: string
  readonly version: string
  /** Where orders go, without a secret. */
  readonly venue: string
  readonly registry: RegistryView
  readonly startedMs: number
}) {
  const { instance, registry, startedMs, version } = options
  const [arming, safety, reconciler] = [yield* Arming, yield* Safety, yield* Reconciler]
  const [store, limits, watch, health] = [yield* OrderStore, yield* LimitBook, yield* VenueWatch, yield* VenueHealth]
  const events = yield* TradeEvents
  /** Why the book cannot be written: reading it may work all the same. */
  let bookTrouble: string | undefined
  const follow = Effect.sync(() =>
    events.subscribe((event) => {
      if (event.type === "storeTrouble") bookTrouble = event.message
      else if (event.type === "storeBack") bookTrouble = undefined
    })
  )
  yield* Effect.acquireRelease(follow, (unsubscribe) => Effect.sync(unsubscribe))

  const book = Effect.gen(function* () {
    const [working, { positions }, outbox] = yield* Effect.all([store.workingOrders, store.exposure, store.outboxSize])
    return {
      working: working.length,
      unconfirmed: working.filter((order) => order.status === "submitted_unconfirmed").length,
      positions: [...positions.values()].filter(({ quantity }) => !BigDecimal.isZero(quantity)).length,
      outbox
    } satisfies Book
  })

  const status = Effect.gen(function* (): Effect.fn.Return<TradingStatusMessage> {
    const nowMs = yield* Clock.currentTimeMillis
    const [mode, states, read] = [yield* arming.status, yield* safety.status, yield* Effect.result(book)]
    const known = {
      version: 1 as const,
      role: "trading" as const,
      instance,
      at: utcText(nowMs),
      uptime_ms: Math.max(0, Math.round(nowMs - startedMs)),
      trade_mode: mode.configured,
      armed: mode.armed,
      trading_day: mode.today,
      kill_switch: killSwitchMessage(states.killSwitch).state,
      breaker: accountWord(states),
      monitor_silent_ms: states.monitorSilentMs === undefined ? null : Math.round(states.monitorSilentMs),
      reconciliation: reconciler.view(),
      quarantined: [...reconciler.quarantine().keys()].sort(),
      stopped_strategies: [...limits.stopped()].sort(),
      venue: {
        listening: watch.listening(),
        clock_known: watch.exchangeNow(nowMs) !== undefined,
        account_known: watch.account() !== undefined,
        stopped: watch.stopped() ?? null,
        errors_in_row: health.errorsInRow()
      },
      book: Result.isSuccess(read) ? read.success : null,
      limits_version: limits.current().version
    }
    const trouble = bookTrouble === undefined ? [] : [`the book of orders cannot be written: ${bookTrouble}`]
    const reasons = [...reasonsOf(known), ...trouble]
    return { ...known, ready: reasons.length === 0, reasons }
  })

  return {
    status: () => status,
    health: () =>
      Effect.map(status, ({ at, book: read, ready, reasons, trade_mode, venue }) => ({
        service: "tickd-trade" as const,
        status: ready ? ("healthy" as const) : read === null ? ("unhealthy" as const) : ("degraded" as const),
        version,
        dry_run: trade_mode === "dry",
        database_connected: read !== null,
        broker_connected: venue.clock_known && venue.stopped === null,
        reasons,
        timestamp: at,
        instance
      })),
    config: () =>
      Effect.map(arming.status, ({ configured, today }) => ({
        service: "tickd" as const,
        role: "trading" as const,
        version,
        instance,
        dry_run: configured === "dry",
        trade_mode: configured,
        trading_day: today,
        venue: options.venue,
        limits_version: limits.current().version
      })),
    state: ({ actor }) =>
      Effect.flatMap(Clock.currentTimeMillis, (nowMs) => stateReply(registry, instance, actor, nowMs)),
    tree: () => Effect.map(Clock.currentTimeMillis, (nowMs) => treeReply(registry, instance, startedMs, nowMs))
  } satisfies Handlers
})
