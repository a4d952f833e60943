import { BigDecimal, Clock, Deferred, Effect, Exit, Option, Semaphore } from "effect"
import { newYorkTradingDay } from "../../../kernel/calendar/new-york.ts"
import type { Decimal } from "../../../kernel/decimal.ts"
import { instantOfMs } from "../../../kernel/time/utc-instant.ts"
import { clientOrderIdOf, isClientOrderId, payloadHashOf } from "../../domain/order/client-order-id.ts"
import { deriveOrder } from "../../domain/order/derive-order.ts"
import { intendedOrder, type Order } from "../../domain/order/order.ts"
import { type OrderRequest, requestFaults } from "../../domain/order/order-request.ts"
import type { Reservation } from "../../domain/position/position.ts"
import { priceOf } from "../../domain/risk/exposure.ts"
import type { GateView, Proposal } from "../../domain/risk/gate-view.ts"
import type { Judgement } from "../../domain/risk/judge.ts"
import { withReservation } from "../../domain/risk/reservation-sums.ts"
import type { OrderActors } from "../../ports/order-actors.ts"
import { DeskUnavailable, IdInUse, OrderRefused, type Submitted } from "../../ports/order-desk.ts"
import type { Exposure, OrderStore, OrderStoreError } from "../../ports/order-store.ts"
import type { LimitBook, TradeMode } from "../../ports/trade-conditions.ts"
import type { WorkingPrices } from "./gate-view.ts"
import type { RecentOrders } from "./recent-orders.ts"

/** Orders that wait to be judged. More than this is a client gone wild, and gets an answer at once. */
const waitingMax = 1000
/** Orders of one transaction: the disk's wait is shared, and none waits for long. */
const batchMax = 64

type SubmitError = OrderRefused | IdInUse | DeskUnavailable

export interface SubmitOptions {
  readonly clientOrderId?: string | undefined
  readonly reduceOnly: boolean
  readonly confirmed?: boolean | undefined
  readonly by: string
}

interface Waiting {
  readonly request: OrderRequest
  readonly options: SubmitOptions
  readonly answer: Deferred.Deferred<Submitted, SubmitError>
  /** Done when there is an answer, or when it is this caller's turn to carry out what waits. */
  readonly turn: Deferred.Deferred<void>
  leads: boolean
}

/** One that the gate let through, before it is stored. */
interface Passed {
  readonly waiting: Waiting
  readonly order: Order
  readonly payloadHash: string
  readonly reservation: Reservation | undefined
  readonly judgement: Judgement
}

export interface IntakeOptions {
  readonly store: (typeof OrderStore)["Service"]
  readonly actors: (typeof OrderActors)["Service"]
  readonly limits: (typeof LimitBook)["Service"]
  readonly mode: (typeof TradeMode)["Service"]
  readonly recent: (typeof RecentOrders)["Service"]
  /** What the gate judges on: the exposure of the store, and what is reserved in memory. */
  readonly moment: Effect.Effect<{ readonly exposure: Exposure; readonly prices: WorkingPrices }, OrderStoreError>
  /** An entry that is about to be sent, with its value in USD. */
  readonly sending: (atMs: number, value: Decimal) => void
  readonly exits: { readonly note: (clientOrderId: string) => void }
  readonly judged: (
    proposal: Proposal,
    exposure: Exposure,
    prices: WorkingPrices
  ) => Effect.Effect<{ readonly view: GateView; readonly judgement: Judgement }>
}

export const unavailable = (error: OrderStoreError) => new DeskUnavailable({ message: error.message })

export const refusal = ({ findings }: Judgement) => {
  const reasons = findings.filter(({ outcome }) => outcome === "refuse")
  return new OrderRefused({ message: reasons.map(({ code, message }) => `${code}: ${message}`).join("; "), findings })
}

/** A request that no venue could take. Callers check theirs before; this holds for every other one. */
export const invalid = (faults: ReadonlyArray<string>) => {
  const findings = faults.map((message) => ({ code: "INVALID_REQUEST", outcome: "refuse", message }))
  return new OrderRefused({ message: faults.join("; "), findings })
}

const repeated = (order: Order, payloadHash: string): Effect.Effect<Submitted, IdInUse> =>
  order.payloadHash === payloadHash
    ? Effect.succeed({ order, repeat: true, kind: "entry", findings: [] })
    : Effect.fail(
        new IdInUse({
          message: `client_order_id ${order.clientOrderId} belongs to another order: use another id, or a nonce.`
        })
      )

/**
 * Takes orders in: those that wait are judged one after the other, each on a view that has the reservations of those
 * before it, and stored in one transaction. `alone`: for what must not run beside a batch.
 */
export const makeIntake = ({ actors, exits, judged, limits, mode, moment, recent, sending, store }: IntakeOptions) => {
  const oneByOne = Semaphore.makeUnsafe(1)
  const waiting: Array<Waiting> = []

  /** Judges one. Succeeds with undefined when it has its answer already. */
  const judgeOne = Effect.fnUntraced(function* (
    one: Waiting,
    id: string,
    payloadHash: string,
    exposure: Exposure,
    prices: WorkingPrices
  ) {
    const { request, options } = one
    const nowMs = yield* Clock.currentTimeMillis
    const { confirmed, reduceOnly: isExit } = options
    const proposal: Proposal = { clientOrderId: id, payloadHash, request, reduceOnly: isExit, confirmed }
    const { view, judgement } = yield* judged(proposal, exposure, prices)
    recent.noteOrder(nowMs, payloadHash)
    if (!judgement.allowed) {
      if (judgement.findings.some(({ code, outcome }) => code === "REPEATED_EXECUTION" && outcome === "refuse")) {
        yield* Effect.mapError(limits.stop(request.strategyId, "repeated executions"), unavailable)
      }
      return yield* refusal(judgement)
    }
    // The gate has refused what needs the arm and has none.
    const live = mode.configured === "live"
    const intent = intendedOrder(id, payloadHash, request, instantOfMs(nowMs), options.by)
    const order = live ? intent : deriveOrder({ ...intent, sending: "dryRun" })
    const price = priceOf(view, proposal) ?? BigDecimal.make(0n, 0)
    const { symbol, side, quantity } = request
    const reduceOnly = judgement.kind === "exit"
    const reservation = live ? { clientOrderId: id, symbol, side, quantity, price, reduceOnly } : undefined
    if (live && !reduceOnly) sending(nowMs, BigDecimal.multiply(quantity, price))
    return { waiting: one, order, payloadHash, reservation, judgement } satisfies Passed
  })

  const answer = (one: Waiting, effect: Effect.Effect<Submitted, SubmitError>) =>
    Effect.map(Effect.exit(effect), (exit) => {
      Deferred.doneUnsafe(one.answer, exit)
      Deferred.doneUnsafe(one.turn, Exit.void)
    })

  const carryOut = Effect.fnUntraced(function* (batch: ReadonlyArray<Waiting>) {
    const { exposure, prices: workingPrices } = yield* moment
    const prices = new Map(workingPrices)
    let { reservations } = exposure
    const passed = new Map<string, Passed>()
    const again: Array<{ readonly one: Waiting; readonly id: string; readonly payloadHash: string }> = []
    for (const one of batch) {
      const { request, options } = one
      const faults = requestFaults(request)
      if (faults.length > 0) {
        yield* answer(one, Effect.fail(invalid(faults)))
        continue
      }
      const payloadHash = payloadHashOf(request)
      const tradingDay = newYorkTradingDay(yield* Clock.currentTimeMillis).day
      const id = options.clientOrderId ?? clientOrderIdOf(request, tradingDay)
      if (!isClientOrderId(id)) {
        const message = "client_order_id: use 1 to 24 letters, digits, '_' or '-'."
        yield* answer(one, Effect.fail(new IdInUse({ message })))
        continue
      }
      const known = yield* store.orderOf(id)
      if (Option.isSome(known)) {
        yield* answer(one, repeated(known.value, payloadHash))
        continue
      }
      if (passed.has(id)) {
        again.push({ one, id, payloadHash })
        continue
      }
      const result = yield* Effect.exit(judgeOne(one, id, payloadHash, { ...exposure, reservations }, prices))
      if (result._tag === "Failure") {
        yield* answer(one, Effect.failCause(result.cause))
        continue
      }
      passed.set(id, result.value)
      const { reservation } = result.value
      if (reservation !== undefined) {
        reservations = withReservation(reservations, reservation)
        prices.set(id, request.limitPrice)
      }
    }
    const outcomes = yield* store.recordIntents([...passed.values()])
    for (const [at, { judgement, order, payloadHash, reservation, waiting: one }] of [...passed.values()].entries()) {
      const outcome = outcomes[at]
      if (outcome?.type === "existing") {
        yield* answer(one, repeated(outcome.order, payloadHash))
        continue
      }
      if (reservation?.reduceOnly === true) exits.note(order.clientOrderId)
      if (reservation !== undefined) yield* actors.start(order, "new")
      const { findings, kind } = judgement
      yield* answer(one, Effect.succeed({ order, repeat: false, kind, findings }))
    }
    for (const { id, one, payloadHash } of again) {
      const first = passed.get(id)?.order
      if (first !== undefined) yield* answer(one, repeated(first, payloadHash))
    }
  })

  /** Not interrupted: between a stored intent and the start of its actor there is no way out. */
  const carryOutWaiting = Effect.uninterruptible(
    Effect.gen(function* () {
      // What has come over the wires in the meantime is read first, so that a burst shares a transaction.
      yield* Effect.yieldNow
      const batch = waiting.splice(0, batchMax)
      if (batch.length === 0) return
      const exit = yield* Effect.exit(Effect.mapError(carryOut(batch), unavailable))
      if (exit._tag === "Success") return
      // Nothing of the batch was stored. Those that have their answer keep it.
      for (const one of batch) yield* answer(one, Effect.failCause(exit.cause))
    })
  )

  let led = false
  const lead = (one: Waiting) => {
    led = true
    one.leads = true
    Deferred.doneUnsafe(one.turn, Exit.void)
  }
  /** The first that waits carries out the next batch: callers in the lock's queue would each bring a batch of one. */
  const passOn = (one: Waiting) => {
    if (!one.leads) return
    one.leads = false
    led = false
    if (waiting[0] !== undefined) lead(waiting[0])
  }

  const submit = (request: OrderRequest, options: SubmitOptions): Effect.Effect<Submitted, SubmitError> =>
    Effect.suspend(() => {
      if (waiting.length >= waitingMax) {
        return Effect.fail(
          new DeskUnavailable({ message: `${waitingMax} orders wait to be judged: send fewer, and try again.` })
        )
      }
      const one: Waiting = {
        request,
        options,
        answer: Deferred.makeUnsafe(),
        turn: Deferred.makeUnsafe(),
        leads: false
      }
      waiting.push(one)
      if (!led) lead(one)
      const turn = Effect.suspend(() => (one.leads ? oneByOne.withPermits(1)(carryOutWaiting) : Effect.void))
      return Deferred.await(one.turn).pipe(
        Effect.andThen(turn),
        Effect.ensuring(
          Effect.sync(() => {
            // Interrupted before it was taken: it is as if it had never come.
            const at = waiting.indexOf(one)
            if (at >= 0) waiting.splice(at, 1)
            passOn(one)
          })
        ),
        Effect.andThen(Deferred.await(one.answer))
      )
    })

  return { submit, alone: oneByOne.withPermits(1) }
}
