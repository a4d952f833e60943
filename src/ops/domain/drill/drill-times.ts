import type { ProductHours, TradingSessions } from "../../../kernel/calendar/trading-sessions.ts"
import type { Exchange } from "../../../kernel/instrument/exchange.ts"
import { productsByExchange } from "../../../kernel/instrument/product-exchange.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"

/** Time at both ends of a section in which no drill begins. */
const borderMs = 300_000

export interface DrilledProduct {
  readonly exchange: Exchange
  readonly product: string
}

/** Every product that the kernel knows: for a daemon that takes its instruments from the front. */
export const everyProduct: ReadonlyArray<DrilledProduct> = Object.entries(productsByExchange).flatMap(
  ([exchange, products]) => products.split(" ").map((product) => ({ exchange: exchange as Exchange, product }))
)

const clock = (epochMs: number): string => shanghaiIso(epochMs).slice(11, 16)

/** The border of a section of one product that is too near. */
const nearBorder = (hours: ProductHours, name: string, nowMs: number): string | undefined => {
  const { fromMs, phase, untilMs } = hours.intervalAt(nowMs)
  const opensNext = phase !== "trading" && hours.phaseAt(untilMs) === "trading"
  if (opensNext && untilMs - nowMs <= borderMs) {
    return `a section of ${name} begins at ${clock(untilMs)}: drill at ${clock(untilMs + borderMs)} or later`
  }
  if (phase !== "trading") return undefined
  if (nowMs - fromMs < borderMs) {
    return `a section of ${name} began at ${clock(fromMs)}: drill at ${clock(fromMs + borderMs)} or later`
  }
  return untilMs - nowMs <= borderMs
    ? `a section of ${name} ends at ${clock(untilMs)}: drill in the next section`
    : undefined
}

/**
 * Why no drill may begin at `nowMs`; undefined: it may. A section of one of the products begins within five minutes,
 * began or ends within five minutes, or no section is open, so that no tick can commit a switch.
 */
export const drillTimeFault = (
  sessions: TradingSessions,
  products: ReadonlyArray<DrilledProduct>,
  nowMs: number
): string | undefined => {
  let isOpen = false
  for (const { exchange, product } of products) {
    const hours = sessions.of(exchange, product)
    const fault = nearBorder(hours, `${product} (${exchange})`, nowMs)
    if (fault !== undefined) return fault
    isOpen ||= hours.phaseAt(nowMs) === "trading"
  }
  return isOpen ? undefined : "no section is open, and only a tick commits a switch: drill while the market trades"
}
