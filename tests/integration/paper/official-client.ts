// Alpaca's own client, pointed at a simulated venue, as the cases of the venue use one.
import {
  Alpaca,
  ApiError,
  AuthError,
  NotFoundError,
  RateLimitError,
  type streaming,
  type trading
} from "@alpacahq/alpaca-trade-api"
import type { CaseAnswer, CaseClient, CaseOrder, CaseUpdate } from "../../support/trading/venue-cases.ts"

const plain = (text: string | null | undefined) => String(Number(text ?? "0"))

const orderOf = (order: trading.Order): CaseOrder => ({
  id: order.id ?? "",
  clientOrderId: order.clientOrderId ?? "",
  status: order.status ?? "",
  symbol: order.symbol ?? "",
  filledQty: plain(order.filledQty),
  replaces: order.replaces ?? undefined
})

const answer = async <A, B>(asked: Promise<A>, view: (value: A) => B): Promise<CaseAnswer<B>> => {
  try {
    return { type: "done", value: view(await asked) }
  } catch (error) {
    if (error instanceof RateLimitError) return { type: "rate-limited" }
    if (error instanceof AuthError) return { type: "unauthorized" }
    if (error instanceof ApiError && error.status < 500)
      return { type: "refused", status: error.status, code: String(error.code ?? ""), message: error.message }
    return { type: "unknown" }
  }
}

const orUndefined = async <A>(asked: Promise<A>): Promise<A | undefined> => {
  try {
    return await asked
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    throw error
  }
}

const pageSize = 500

export const officialClient = (url: string, keys: { readonly keyId: string; readonly secret: string }) => {
  const host = new URL(url).host
  const alpaca = new Alpaca({
    ...keys,
    retry: false,
    rateLimit: false,
    fetchApi: (input, init) => {
      const target = new URL(String(input))
      return fetch(new URL(target.pathname + target.search, url), init)
    }
  })
  const { orders } = alpaca.trading
  const updates: Array<CaseUpdate> = []
  const stream: streaming.TradingStream = alpaca.trading.stream({ url: `ws://${host}/stream` })
  stream.onTradeUpdate((update) => {
    updates.push({
      event: update.event,
      order: orderOf(update.order),
      execution:
        update.executionId === undefined
          ? undefined
          : { id: update.executionId, qty: plain(update.qty), price: plain(update.price) }
    })
  })
  const subscribed = new Promise<void>((resolve) => stream.on("subscription", () => resolve()))

  const openOrders = async () => {
    const all: Array<trading.Order> = []
    for (let after: string | undefined; ; ) {
      const page = await orders.getAllOrders({
        status: "open",
        limit: pageSize,
        direction: "asc",
        ...(after === undefined ? {} : { afterOrderId: after })
      })
      all.push(...page)
      after = page.at(-1)?.id
      if (page.length < pageSize) return all
    }
  }

  const client: CaseClient = {
    submit: (request) =>
      answer(
        orders.submit({
          symbol: request.symbol,
          side: request.side,
          type: request.type,
          timeInForce: request.timeInForce ?? "day",
          ...(request.qty === undefined ? {} : { qty: request.qty }),
          ...(request.notional === undefined ? {} : { notional: request.notional }),
          ...(request.limit === undefined ? {} : { limitPrice: request.limit }),
          ...(request.stop === undefined ? {} : { stopPrice: request.stop }),
          ...(request.clientOrderId === undefined ? {} : { clientOrderId: request.clientOrderId })
        }),
        orderOf
      ),
    cancel: (orderId) => answer(orders.deleteOrderByOrderID({ orderId }), () => undefined),
    replace: (orderId, change) =>
      answer(
        orders.patchOrderByOrderId({
          orderId,
          patchOrderRequest: {
            ...(change.qty === undefined ? {} : { qty: change.qty }),
            ...(change.limit === undefined ? {} : { limitPrice: change.limit }),
            ...(change.clientOrderId === undefined ? {} : { clientOrderId: change.clientOrderId })
          }
        }),
        orderOf
      ),
    order: (orderId) => answer(orUndefined(orders.getOrderByOrderID({ orderId })), (order) => order && orderOf(order)),
    orderByClientId: (clientOrderId) =>
      answer(orUndefined(orders.getOrderByClientOrderId({ clientOrderId })), (order) => order && orderOf(order)),
    openOrders: () => answer(openOrders(), (all) => all.map(orderOf)),
    fills: () =>
      answer(
        (async () => {
          const rows: Array<{ readonly orderId: string; readonly qty: string }> = []
          for await (const row of alpaca.trading.iterateActivities({ activityTypes: ["FILL"] })) {
            const { orderId, qty } = row as { readonly orderId?: string; readonly qty?: string }
            rows.push({ orderId: orderId ?? "", qty: plain(qty) })
          }
          return rows
        })(),
        (rows) => rows
      ),
    position: (symbolOrAssetId) =>
      answer(orUndefined(alpaca.trading.positions.getOpenPosition({ symbolOrAssetId })), (position) =>
        plain(position?.qty)
      ),
    updates: () => updates,
    listening: () => subscribed
  }
  return {
    alpaca,
    client,
    stream,
    connect: async () => {
      stream.connect()
      stream.onConnect(() => stream.subscribeTradeUpdates())
      await subscribed
    },
    close: () => stream.disconnect()
  }
}
