import { type Decimal, decimalText, parseDecimal } from "../../../kernel/decimal.ts"
import { deriveOrder } from "../../domain/order/derive-order.ts"
import type { Order } from "../../domain/order/order.ts"

/** A stored text cannot be read: it was changed by another hand, or written by another version. */
export class DamagedText extends Error {}

const isDecimal = (value: unknown): value is Decimal =>
  typeof value === "object" && value !== null && "scale" in value && "value" in value && typeof value.value === "bigint"

/** Tags in a key that no field has: decimals, whole numbers of any size, and maps keep their kind. */
const encode = (value: unknown): unknown => {
  if (typeof value === "bigint") return { $n: value.toString() }
  if (isDecimal(value)) return { $d: decimalText(value) }
  if (value instanceof Map) return { $m: [...value].map(([key, item]) => [key, encode(item)]) }
  if (Array.isArray(value)) return value.map(encode)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[key, encode(item)]]))
  )
}

const revive = (_: string, value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  if ("$n" in value) return BigInt(String(value.$n))
  if ("$m" in value) return new Map(value.$m as ReadonlyArray<[string, unknown]>)
  if (!("$d" in value)) return value
  const decimal = parseDecimal(String(value.$d))
  if (decimal === undefined) throw new DamagedText(`no decimal: ${String(value.$d)}`)
  return decimal
}

/** Text of a fact, a venue's order or the evidence of an order; `readText` gives it back as it was. */
export const writeText = (value: unknown): string => JSON.stringify(encode(value))

export const readText = <A>(text: string): A => {
  try {
    return JSON.parse(text, revive) as A
  } catch (error) {
    throw error instanceof DamagedText ? error : new DamagedText(`not a text of this store: ${text.slice(0, 80)}`)
  }
}

/** What an order is derived from. What is derived is computed again at each read, so it cannot disagree. */
export const orderState = (order: Order): string => {
  const { by, clientOrderId, payloadHash, request, createdAt, sending, sendingReason, legs, executions, amendments } =
    order
  return writeText({
    clientOrderId,
    payloadHash,
    request,
    createdAt,
    by,
    sending,
    sendingReason,
    legs,
    executions,
    amendments
  })
}

const readOrderState = (text: string): Order => deriveOrder(readText<Order>(text))

/** Orders that are kept as they were read: more than the monitor and the gate look at again and again. */
const keptMax = 2000

/** Reads rows with a `state`, and keeps the last orders by their text: an order is an immutable function of it. */
export const makeOrderReader = (): ((row: Record<string, unknown>) => Order) => {
  const kept = new Map<string, Order>()
  return ({ state }) => {
    const text = String(state)
    const known = kept.get(text)
    if (known !== undefined) return known
    const order = readOrderState(text)
    if (kept.size >= keptMax) kept.delete(kept.keys().next().value as string)
    kept.set(text, order)
    return order
  }
}
