import { Clock, Context, Effect, Layer, Option, Schema, Semaphore } from "effect"
import { newYorkTradingDay } from "../../../kernel/calendar/new-york.ts"
import { instantOfMs } from "../../../kernel/time/utc-instant.ts"
import { Arming, ArmingRefused, type ArmingRequest } from "../../ports/arming.ts"
import { OrderStore, OrderStoreError } from "../../ports/order-store.ts"
import { TradeMode } from "../../ports/trade-conditions.ts"
import { TradeEvents } from "../../ports/trade-events.ts"
import { reasonMin } from "../safety/safety-service.ts"

const journal = "arming"

/** One row of the journal. The newest one is the state. */
const Row = Schema.Struct({
  act: Schema.Literals(["arm", "disarm"]),
  by: Schema.String,
  reason: Schema.String,
  day: Schema.String,
  atMs: Schema.Number
})
type Row = typeof Row.Type
const readRow = Schema.decodeUnknownOption(Schema.fromJsonString(Row))

const refused = (code: ArmingRefused["code"], message: string) => Effect.fail(new ArmingRefused({ code, message }))

const make = Effect.fnUntraced(function* (configured: "dry" | "live") {
  const [store, events] = [yield* OrderStore, yield* TradeEvents]
  const oneByOne = Semaphore.makeUnsafe(1)
  const [newest] = yield* store.journal(journal, 1)
  const known = newest === undefined ? undefined : Option.getOrUndefined(readRow(newest.body))
  if (newest !== undefined && known === undefined) {
    return yield* new OrderStoreError({
      reason: "damaged",
      message: `The newest row of the journal "${journal}" cannot be read: restore the book from a backup.`
    })
  }
  let row = known

  const isArmed = (tradingDay: string): boolean =>
    configured === "live" && row !== undefined && row.act === "arm" && row.day === tradingDay
  const status = Effect.map(Clock.currentTimeMillis, (nowMs) => {
    const today = newYorkTradingDay(nowMs).day
    return {
      configured,
      armed: isArmed(today),
      today,
      day: row?.day,
      by: row?.by,
      reason: row?.reason,
      atMs: row?.atMs
    }
  })
  const rowOf = (act: Row["act"], { by, reason }: ArmingRequest, day: string) =>
    Effect.map(Clock.currentTimeMillis, (atMs): Row => ({ act, by, reason, day, atMs }))
  const append = (next: Row) => store.appendJournal(journal, instantOfMs(next.atMs), JSON.stringify(next))
  const hold = ({ act, by, day, reason }: Row) =>
    events.publish({ type: act === "arm" ? "armed" : "disarmed", by, reason, day })

  const arm = Effect.fnUntraced(function* (request: ArmingRequest & { readonly day: string }) {
    if (configured === "dry") {
      return yield* refused("NOT_LIVE", "This daemon runs dry: set TRADE_MODE=live and start it again, then arm it.")
    }
    if (request.reason.trim().length < reasonMin) {
      return yield* refused("REASON_TOO_SHORT", `reason: give at least ${reasonMin} characters.`)
    }
    const { today } = yield* status
    if (request.day !== today) {
      return yield* refused("WRONG_DAY", `day: orders that are sent now belong to ${today}; arm that day.`)
    }
    const next = yield* rowOf("arm", request, request.day)
    yield* append(next).pipe(
      Effect.catch(({ message }) =>
        refused("NOT_JOURNALED", `Arming needs its journal row, so nothing is armed: ${message}`)
      )
    )
    row = next
    hold(next)
    return yield* status
  })

  const disarm = Effect.fnUntraced(function* (request: ArmingRequest) {
    const { armed, today } = yield* status
    if (!armed) return yield* refused("NOT_ARMED", `Live trading is not armed for ${today}: nothing was changed.`)
    const next = yield* rowOf("disarm", request, today)
    // What closes holds first.
    row = next
    hold(next)
    yield* append(next).pipe(
      Effect.catch(({ message }) =>
        refused(
          "NOT_JOURNALED",
          `Disarmed, but the journal row is not stored, so a restart today would find it armed: ${message}`
        )
      )
    )
    return yield* status
  })

  const alone = oneByOne.withPermits(1)
  return Context.make(TradeMode, TradeMode.of({ configured, armed: isArmed })).pipe(
    Context.add(
      Arming,
      Arming.of({ status, arm: (request) => alone(arm(request)), disarm: (request) => alone(disarm(request)) })
    )
  )
})

/** The mode of this daemon, and the arming of live trading over the journal of the store. */
export const layer = (configured: "dry" | "live") => Layer.effectContext(make(configured))
