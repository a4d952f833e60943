import { defaultSettings as orders } from "../../../actors/trading/order-supervision.ts"
import { defaultOutboxSettings as outbox } from "../../../actors/trading/outbox-actor.ts"
import { defaultReconciliationSettings as reconciliation } from "../../../actors/trading/reconciliation-actor.ts"
import { defaultUpdatesSettings as updates } from "../../../actors/trading/trade-updates-actor.ts"
import { defaultPollSettings as poll } from "../../../actors/trading/venue-poll-actor.ts"
import { defaultReconcilerSettings as reconciler } from "../application/reconcile/reconciler.ts"
import { defaultBounds as readings } from "../application/venue-readings.ts"
import { defaultLimits as limits } from "../domain/risk/limits.ts"
import { defaultMonitorLimits as monitor } from "../domain/safety/monitor.ts"
import { defaultSafetySettings as safety } from "../domain/safety/safety-settings.ts"
import type { TradeSettingsShape } from "./lowest.ts"

/** Every setting that has a default. */
export const defaultTradeSettings: Omit<TradeSettingsShape, "instance" | "mode" | "process"> = {
  safety,
  monitor,
  limits,
  orders,
  reconciler,
  reconciliation,
  updates,
  poll,
  readings,
  outbox,
  quotes: { waitMs: 2000, followEveryMs: 1000, symbols: [] }
}
