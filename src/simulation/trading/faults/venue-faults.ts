import { BigDecimal } from "effect"
import { decimalText } from "../../../kernel/decimal.ts"
import type { PaperOrder } from "../../../simulator/paper/core/paper-order.ts"
import type { BoardFault } from "../../../simulator/paper/faults/fault-board.ts"
import type { Dice } from "../../faults/dice.ts"
import { simSymbols, type TradeWorld } from "../world/trade-world.ts"
import type { TradeFaultKind } from "./trade-fault-kind.ts"

/**
 * Faults that wait for their occasion: the next requests, connects or updates. They are counted when they act, by the
 * board itself, so that one without an occasion counts as nothing.
 */
const waiting: Readonly<Partial<Record<BoardFault, { readonly weight: number; readonly most: number }>>> = {
  "reply-lost": { weight: 6, most: 3 },
  "reply-500": { weight: 5, most: 3 },
  "reply-html": { weight: 4, most: 4 },
  "reply-duplicate": { weight: 4, most: 2 },
  "reply-slow": { weight: 2, most: 6 },
  "rate-limit": { weight: 4, most: 3 },
  "rate-limit-bare": { weight: 3, most: 2 },
  "update-twice": { weight: 4, most: 6 },
  "update-drop": { weight: 6, most: 3 },
  "update-reorder": { weight: 4, most: 4 },
  "update-late": { weight: 4, most: 4 },
  "offset-timestamps": { weight: 2, most: 6 }
}

/** `rate-limit-bare` says how a refusal looks, so it needs one. */
const together = (name: BoardFault): ReadonlyArray<BoardFault> =>
  name === "rate-limit-bare" ? ["rate-limit", name] : [name]

const boardKinds: ReadonlyArray<TradeFaultKind> = Object.entries(waiting).map(([name, { most, weight }]) => ({
  name: name.replaceAll("-", "_"),
  weight,
  counts: "acted",
  inject: ({ world }, dice) => {
    const count = dice.whole(1, most)
    for (const one of together(name as BoardFault)) world.exchange.fault(one, { count })
    return { text: `${count} times` }
  }
}))

/** A connect that is refused needs the loss of a connection before it. */
const refusedConnects: ReadonlyArray<TradeFaultKind> = (["refuse-stream-429", "refuse-data-406"] as const).map(
  (name) => ({
    name: name.replaceAll("-", "_"),
    weight: 2,
    counts: "acted",
    inject: ({ world }, dice) => {
      world.exchange.fault(name, { count: dice.whole(1, 2) })
      world.exchange.fault("stream-cut")
      return { text: "after a cut" }
    }
  })
)

const openOrder = ({ exchange }: TradeWorld, dice: Dice): PaperOrder | undefined => {
  const open = exchange.venue.state.orders.allOpen()
  return open.length === 0 ? undefined : dice.pick(open)
}

const next = (name: string, weight: number, most: number): TradeFaultKind => ({
  name: name.replaceAll("-", "_"),
  weight,
  inject: ({ world }, dice) => {
    const count = dice.whole(1, most)
    world.exchange.fault(name, { count })
    return { text: `${count} times` }
  }
})

const lasting = (
  name: string,
  weight: number,
  longestMs: number,
  begin: (world: TradeWorld, dice: Dice) => (() => void) | undefined,
  trips = false
): TradeFaultKind => ({
  name,
  weight,
  trips,
  inject: ({ world }, dice) => {
    const lastsMs = dice.whole(500, longestMs)
    const end = begin(world, dice)
    return end === undefined ? undefined : { text: `for ${lastsMs} ms`, lastsMs, end }
  }
})

const venueActs: ReadonlyArray<TradeFaultKind> = [
  next("partial-next", 5, 4),
  next("reject-next", 3, 2),
  next("cancel-late", 4, 2),
  next("replace-late", 4, 2),
  next("update-first", 4, 3),
  lasting("trading_halted", 3, 40_000, ({ exchange }, dice) => {
    const symbol = dice.pick(simSymbols)
    exchange.fault("halt", { symbol })
    return () => void exchange.fault("halt", { symbol, on: false })
  }),
  lasting("status_unknown", 3, 30_000, (world, dice) => {
    const order = openOrder(world, dice)
    if (order === undefined) return undefined
    world.exchange.fault("unknown-status", { order_id: order.id })
    return () => void world.exchange.fault("unknown-status", { order_id: order.id, on: false })
  }),
  lasting("equal_timestamps", 2, 30_000, ({ exchange }) => {
    exchange.fault("equal-timestamps")
    return () => void exchange.fault("equal-timestamps", { on: false })
  }),
  lasting(
    "account_blocked",
    2,
    20_000,
    ({ exchange }) => {
      exchange.fault("block-account")
      return () => void exchange.fault("block-account", { on: false })
    },
    true
  ),
  lasting("stream_mute", 4, 40_000, ({ exchange }) => {
    exchange.fault("stream-mute")
    return () => void exchange.fault("stream-mute", { on: false })
  }),
  {
    name: "stream_cut",
    weight: 5,
    inject: ({ world }) => ({ text: String(world.exchange.fault("stream-cut")) })
  },
  {
    name: "venue_clock_jumps",
    weight: 2,
    inject: ({ world }, dice) => {
      const ms = dice.pick([200, 3000, 20_000, 120_000])
      world.exchange.fault("shift-clock", { ms })
      return { text: `${ms} ms on` }
    }
  },
  {
    name: "self_cancel",
    weight: 4,
    inject: ({ world }, dice) => {
      const order = openOrder(world, dice)
      if (order === undefined) return undefined
      world.exchange.fault("self-cancel", { order_id: order.id })
      return { text: order.clientOrderId }
    }
  },
  {
    name: "liquidation",
    weight: 3,
    inject: ({ world }, dice) => {
      const symbol = dice.pick(simSymbols)
      return world.exchange.fault("liquidate", { symbol }) ? { text: symbol } : undefined
    }
  },
  {
    name: "split",
    weight: 1,
    inject: ({ world }, dice) => {
      const symbol = dice.pick(simSymbols)
      const rate = dice.pick([2, 3, 4])
      return world.exchange.fault("split", { symbol, new_rate: rate }) ? { text: `${symbol} ${rate} for 1` } : undefined
    }
  },
  ...(["bust", "correct"] as const).map(
    (name): TradeFaultKind => ({
      name,
      weight: 3,
      // Its event may be lost: what the venue's lists show then is a difference that an operator explains.
      trips: true,
      inject: ({ book, world }, dice) => {
        const { ledger, orders } = world.exchange.venue.state
        const standing = ledger.executions().filter(({ undone }) => undone !== true)
        if (standing.length === 0) return undefined
        const execution = dice.pick(standing)
        const order = orders.find(execution.orderId)
        if (order === undefined) return undefined
        const own = book.ownerOf(order.id)
        if (own !== undefined) book.amended.add(own)
        const price = decimalText(BigDecimal.sum(execution.price, BigDecimal.make(BigInt(dice.whole(1, 20)), 2)))
        world.exchange.fault(name, { execution_id: execution.id, ...(name === "correct" ? { price } : {}) })
        return { text: `${order.clientOrderId} ${decimalText(execution.quantity)}` }
      }
    })
  )
]

/** Of the webhook: what was not signed by the relay, and what it has posted before. */
const webhookActs: ReadonlyArray<TradeFaultKind> = [
  { name: "webhook_forged", weight: 3, inject: ({ relay }) => (relay.forge() ? { text: "a fill" } : undefined) },
  { name: "webhook_replayed", weight: 2, inject: ({ relay }) => (relay.replay() ? { text: "again" } : undefined) }
]

export const venueFaults: ReadonlyArray<TradeFaultKind> = [
  ...boardKinds,
  ...refusedConnects,
  ...venueActs,
  ...webhookActs
]
