import { Clock, Effect } from "effect"
import { TradingSessions } from "../../../kernel/calendar/trading-sessions.ts"
import { exchangeOfProduct } from "../../../kernel/instrument/product-exchange.ts"
import type { StatusMessage } from "../../../protocol/market/status.ts"
import { type DrilledProduct, drillTimeFault, everyProduct } from "../../domain/drill/drill-times.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import type { RunConfiguration } from "../../ports/configuration.ts"
import { statusRefusals } from "./feed-readiness.ts"

/** The products of `TICKD_INSTRUMENTS`; every product when it is not set, or names one that is not known. */
const drilledProducts = (variables: LiveSettings["variables"]): ReadonlyArray<DrilledProduct> => {
  const ids = (variables["TICKD_INSTRUMENTS"] ?? "").split(/[\s,]+/).filter((id) => id !== "")
  const products = ids.map((id) => {
    const [product = ""] = /^[A-Za-z]+/.exec(id) ?? []
    const exchange = exchangeOfProduct(product)
    return exchange === undefined ? undefined : { exchange, product }
  })
  const known = products.filter((product) => product !== undefined)
  return known.length === 0 || known.length < products.length ? everyProduct : known
}

/** Every reason against a drill now, those that nothing can force first. */
export const drillRefusals = (
  settings: LiveSettings,
  status: StatusMessage,
  { alwaysOpen, calendar }: Pick<RunConfiguration, "alwaysOpen" | "calendar">
) =>
  Effect.map(Clock.currentTimeMillis, (nowMs) => {
    const time = alwaysOpen
      ? undefined
      : drillTimeFault(new TradingSessions(calendar), drilledProducts(settings.variables), nowMs)
    return [...statusRefusals(status), ...(time === undefined ? [] : [{ why: time, canForce: true }])]
  })
