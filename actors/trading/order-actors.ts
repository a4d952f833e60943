import { Clock, Context, Effect, Exit, Layer, Queue } from "effect"
import { backoffMs } from "../../machines/backoff.ts"
import { orderMachine } from "../../machines/trading/order-machine.ts"
import { makeLastLook } from "../../src/trading/application/orders/last-look.ts"
import { RecentOrders } from "../../src/trading/application/orders/recent-orders.ts"
import { replacementIdOf } from "../../src/trading/domain/order/client-order-id.ts"
import type { Order } from "../../src/trading/domain/order/order.ts"
import { isTerminal } from "../../src/trading/domain/order/order-words.ts"
import { type Asked, OrderActors, type Resume } from "../../src/trading/ports/order-actors.ts"
import { OrderStore } from "../../src/trading/ports/order-store.ts"
import { TradeEvents } from "../../src/trading/ports/trade-events.ts"
import { Venue } from "../../src/trading/ports/venue.ts"
import { endOf } from "../runtime/child-end.ts"
import { runMachine } from "../runtime/machine-actor.ts"
import { supervise } from "../runtime/supervisor.ts"
import { SupervisorControl } from "../runtime/supervisor-control.ts"
import type { Body } from "../runtime/tree.ts"
import { makeBooking } from "./order-booking.ts"
import { newEntry, type OrderEntry, resumeOf, resumeWish, seedOf, wishOf } from "./order-entry.ts"
import { makeOrderMailbox } from "./order-mailbox.ts"
import { makeRequests } from "./order-requests.ts"
import {
  defaultSettings,
  type OrderActorCounts,
  type OrderActorSettings,
  OrderSupervision
} from "./order-supervision.ts"
import { makeRequestLanes } from "./request-lanes.ts"

/** Waiting for one that stops: its requests are interrupted, and what was sent is looked up after the restart. */
const stopMs = 2000

/** Longest wait for the store before a cancel leaves. */
const wishMs = 500

const make = Effect.fnUntraced(function* (settings: OrderActorSettings) {
  const [store, venue, events, recent] = [yield* OrderStore, yield* Venue, yield* TradeEvents, yield* RecentOrders]
  const control = new SupervisorControl()
  const wake = yield* Queue.sliding<void>(1)
  const entries = new Map<string, OrderEntry>()
  const replacements = new Map<string, string>()
  const counts: OrderActorCounts = {
    storeRetries: 0,
    factsRefused: 0,
    coalesced: 0,
    overflowed: 0,
    crashes: 0,
    recovered: 0
  }
  const wakeKeeper = () => void Queue.offerUnsafe(wake, undefined)

  const report = (before: Order, after: Order, changed: boolean) => {
    const entry = entries.get(after.clientOrderId)
    if (entry === undefined) return
    entry.order = after
    if (isTerminal(after.status)) entry.mailbox?.offer({ type: "ENDED" })
    else if (changed && after.legs.size > 0) entry.mailbox?.offer({ type: "NEWS" })
    if (after.legs.size > before.legs.size) entry.change = undefined
  }
  const book = makeBooking({ store, events, recent, counts, onBooked: report })
  /** A store that does not answer must not hold back a cancel: it leaves, and is lost only with the program. */
  const saveWishes = (wished: ReadonlyArray<OrderEntry>): Effect.Effect<boolean> =>
    store.setWishes(wished.map((entry) => ({ clientOrderId: entry.clientOrderId, wish: wishOf(entry) }))).pipe(
      Effect.timeout(wishMs),
      Effect.as(true),
      Effect.catch(({ message }) => {
        events.publish({ type: "storeTrouble", message })
        return Effect.succeed(false)
      })
    )
  const performersOf = makeRequests({
    venue,
    events,
    book,
    answerMs: settings.answerMs * 0.9,
    storeWaitMs: settings.storeWaitMs,
    replaceGraceMs: settings.lookup.capMs,
    lastLook: yield* makeLastLook,
    saveWish: (entry) => saveWishes([entry])
  })

  const forget = (entry: OrderEntry) => {
    entries.delete(entry.clientOrderId)
    for (let sequence = 1; sequence <= entry.order.legs.size; sequence++) {
      replacements.delete(replacementIdOf(entry.clientOrderId, sequence))
    }
  }

  /** What remains after a run: nothing of an order at its end; otherwise the keeper begins another run. */
  const afterRun = Effect.fnUntraced(function* (entry: OrderEntry, exit: Exit.Exit<unknown, unknown>) {
    entry.mailbox = undefined
    entry.life = "down"
    entry.state = ""
    const end = endOf(exit)
    if (end.how === "normal" && isTerminal(entry.order.status)) return forget(entry)
    entry.resume = resumeOf(entry.order)
    entry.dueMs = 0
    if (end.how === "died" || end.how === "failed") {
      counts.crashes++
      entry.crashes++
      entry.dueMs = (yield* Clock.currentTimeMillis) + backoffMs(settings.restart, entry.crashes, entry.startedAtMs)
      events.publish({ type: "actorCrashed", clientOrderId: entry.clientOrderId, message: end.reason })
    }
    wakeKeeper()
  })

  const run = (entry: OrderEntry) =>
    Effect.gen(function* () {
      const mailbox = yield* makeOrderMailbox(entry.clientOrderId, counts)
      const lanes = yield* makeRequestLanes
      const performers = performersOf(entry, lanes)
      entry.mailbox = mailbox
      entry.life = "running"
      if (entry.change !== undefined) mailbox.offer({ type: "REPLACE_ASKED" })
      if (entry.cancelWanted) mailbox.offer({ type: "CANCEL_ASKED" })
      const machine = runMachine(orderMachine, {
        input: {
          resume: entry.resume,
          silence: settings.silence,
          lookup: settings.lookup,
          graceMs: settings.graceMs,
          answerMs: settings.answerMs,
          seed: seedOf(entry.clientOrderId)
        },
        mailbox: mailbox.queue,
        perform: (command, snapshot) => performers[command as keyof typeof performers](snapshot),
        onTransition: ({ event, to }) => {
          entry.state = to
          mailbox.processed(event.type)
        }
      })
      // An order that ended between two runs needs none.
      if (!isTerminal(entry.order.status)) yield* Effect.raceFirst(machine, lanes.run)
    }).pipe(Effect.onExit((exit) => afterRun(entry, exit)))

  /** Starts the child of an order. A supervisor that is not running is no loss: its keeper finds the entry. */
  const launch = (entry: OrderEntry) =>
    Effect.suspend(() => {
      if (entry.life !== "down") return Effect.void
      entry.life = "launching"
      return control
        .startChild({
          id: entry.clientOrderId,
          restart: "temporary",
          shutdownMs: stopMs,
          start: (ready) => Effect.andThen(ready, run(entry))
        })
        .pipe(
          Effect.catch(({ code }) =>
            Effect.map(Clock.currentTimeMillis, (nowMs) => {
              if (entry.life !== "launching") return
              entry.life = "down"
              // The child of the run before is about to be removed.
              entry.dueMs = code === "SUPERVISOR_NOT_RUNNING" ? 0 : nowMs + settings.restart.baseMs
              if (code !== "SUPERVISOR_NOT_RUNNING") wakeKeeper()
            })
          )
        )
    })

  const addEntry = (order: Order, resume: Resume, nowMs: number): OrderEntry => {
    const known = entries.get(order.clientOrderId)
    if (known !== undefined) return known
    const entry = newEntry(order, resume, nowMs)
    entries.set(order.clientOrderId, entry)
    return entry
  }

  const start = Effect.fnUntraced(function* (order: Order, resume: Resume) {
    yield* launch(addEntry(order, resume, yield* Clock.currentTimeMillis))
  })

  // Before the way of orders exists: every order that works now was stored by an earlier program.
  const builtAtMs = yield* Clock.currentTimeMillis
  const wishes = yield* store.wishes
  for (const order of yield* store.workingOrders) {
    const entry = addEntry(order, resumeOf(order), builtAtMs)
    const wish = wishes.get(order.clientOrderId)
    if (wish !== undefined) resumeWish(entry, wish, builtAtMs)
    if (order.legs.size > 0) {
      replacements.set(replacementIdOf(order.clientOrderId, order.legs.size), order.clientOrderId)
    }
    counts.recovered++
  }

  /** An order that waited too long for its first run is not sent any more. */
  const runDue = Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    let nextMs = Number.POSITIVE_INFINITY
    for (const entry of entries.values()) {
      if (entry.life !== "down") continue
      if (entry.dueMs > nowMs) {
        nextMs = Math.min(nextMs, entry.dueMs)
        continue
      }
      if (entry.resume === "new" && nowMs - entry.startedAtMs > settings.storeWaitMs) entry.resume = "unsure"
      yield* launch(entry)
    }
    return nextMs - nowMs
  })

  /** Starts the actors of the store's orders, and those that crashed. */
  const keeper: Body = (ready) =>
    Effect.gen(function* () {
      yield* ready
      while (true) {
        const pauseMs = yield* runDue
        const woken = Queue.take(wake)
        yield* Number.isFinite(pauseMs) ? Effect.raceFirst(woken, Effect.sleep(Math.max(1, pauseMs))) : woken
      }
    })

  const body: Body = (ready) =>
    supervise(
      {
        name: "orders",
        strategy: "one_for_one",
        limit: { restartsMax: 10, periodMs: 60_000 },
        backoff: settings.restart,
        healthyAfterMs: 30_000
      },
      [{ id: "keeper", start: keeper }],
      ready,
      control
    )

  /** The entry of an order that works. */
  const workingEntry = (clientOrderId: string): OrderEntry | undefined => {
    const entry = entries.get(clientOrderId)
    return entry === undefined || isTerminal(entry.order.status) ? undefined : entry
  }

  const cancelAll = Effect.fnUntraced(function* (clientOrderIds: ReadonlyArray<string>) {
    const wanted = clientOrderIds.flatMap((id) => workingEntry(id) ?? [])
    const fresh = wanted.filter((entry) => !entry.cancelWanted)
    for (const entry of fresh) entry.cancelWanted = true
    if (fresh.length > 0) yield* saveWishes(fresh)
    for (const entry of wanted) if (entry.cancelWanted) entry.mailbox?.offer({ type: "CANCEL_ASKED" })
    const taken = new Set(wanted)
    return clientOrderIds.map((id): Asked => (taken.has(entries.get(id) as OrderEntry) ? "taken" : "ended"))
  })

  const actors = OrderActors.of({
    start,
    cancelAll,
    working: (clientOrderId) => workingEntry(clientOrderId)?.order,
    allWorking: () => [...entries.values()].flatMap(({ order }) => (isTerminal(order.status) ? [] : [order])),
    replace: Effect.fnUntraced(function* (clientOrderId, change) {
      const entry = workingEntry(clientOrderId)
      if (entry === undefined) return "ended"
      if (entry.change !== undefined || entry.mailbox === undefined) return "busy"
      const replacementId = replacementIdOf(clientOrderId, entry.order.legs.size)
      const askedAtMs = yield* Clock.currentTimeMillis
      entry.change = { change, replacementId, askedAtMs, sentAtMs: undefined }
      if (!(yield* saveWishes([entry]))) {
        entry.change = undefined
        return "notStored"
      }
      replacements.set(replacementId, clientOrderId)
      entry.mailbox?.offer({ type: "REPLACE_ASKED" })
      return "taken"
    }),
    book: Effect.fnUntraced(function* (clientOrderId, facts, venueEvent) {
      const booked = yield* book(clientOrderId, facts)
      if (booked.type === "noSuchOrder") return false
      const entry = entries.get(clientOrderId)
      if (venueEvent === "order_cancel_rejected" && entry !== undefined) {
        entry.cancelWanted = false
        yield* saveWishes([entry])
        events.publish({ type: "cancelRefused", order: entry.order, message: "the venue rejected the cancel" })
        entry.mailbox?.offer({ type: "CANCEL_REFUSED" })
      }
      // A late fact revived it, or a reconciliation took it in.
      if (booked.type === "booked" && entry === undefined && !isTerminal(booked.after.status)) {
        yield* start(booked.after, resumeOf(booked.after))
      }
      return true
    }),
    replacementOf: (clientOrderId) => replacements.get(clientOrderId)
  })
  return {
    actors,
    supervision: OrderSupervision.of({
      body,
      counts,
      states: () => new Map([...entries].map(([id, { state }]) => [id, state]))
    })
  }
})

/**
 * The order actors and their supervised side. It reads the working orders of the store; nothing runs before the body
 * is a child of a tree.
 */
export const layer = (settings: OrderActorSettings = defaultSettings) =>
  Layer.effectContext(
    Effect.map(make(settings), ({ actors, supervision }) =>
      Context.make(OrderActors, actors).pipe(Context.add(OrderSupervision, supervision))
    )
  )
