import { Effect, Layer } from "effect"
import { instantOfMs } from "../../../src/kernel/time/utc-instant.ts"
import { layer as sqlite } from "../../../src/platform/sql/sqlite-client.ts"
import { layer as orderStore } from "../../../src/trading/adapters/store/order-store.ts"
import { layer as safetyLayer } from "../../../src/trading/application/safety/safety-service.ts"
import { layer as safetyState } from "../../../src/trading/application/safety/safety-state.ts"
import { findingsLayer } from "../../../src/trading/application/safety/venue-health.ts"
import { defaultMonitorLimits } from "../../../src/trading/domain/safety/monitor.ts"
import { defaultSafetySettings } from "../../../src/trading/domain/safety/safety-settings.ts"
import { OrderDesk } from "../../../src/trading/ports/order-desk.ts"
import { OrderStore } from "../../../src/trading/ports/order-store.ts"
import { Quotes } from "../../../src/trading/ports/quotes.ts"
import { Reconciler } from "../../../src/trading/ports/reconciler.ts"
import { SafetyAlerts, type SafetyEvent } from "../../../src/trading/ports/safety.ts"
import type { SafetyBucket } from "../../../src/trading/ports/safety-bucket.ts"
import { VenueWatch } from "../../../src/trading/ports/trade-conditions.ts"
import { VenueHealth } from "../../../src/trading/ports/venue-health.ts"
import { decimal } from "./gate-view.ts"

/** What the monitor sees, as a test sets it, and what it did. */
export interface SafetyWorld {
  equity: string
  equityAtClose: string
  /** This host's clock by the venue's: 0 agrees. Undefined: the venue's clock is not known. */
  skewMs: number | undefined
  venueErrors: number
  /** What the account has that is no value. */
  invalidAccount: string
  differences: number
  blocks: ReadonlyArray<string>
  readonly cancelled: Array<string>
  readonly events: Array<SafetyEvent>
}

export const safetyWorld = (more: Partial<SafetyWorld> = {}): SafetyWorld => ({
  equity: "100000",
  equityAtClose: "100000",
  skewMs: 0,
  venueErrors: 0,
  invalidAccount: "",
  differences: 0,
  blocks: [],
  cancelled: [],
  events: [],
  ...more
})

const safetySettings = { ...defaultSafetySettings, lookEveryMs: 100 }
export const monitorOptions = {
  limits: () => defaultMonitorLimits,
  settings: safetySettings,
  run: { run: "r1", host: "h", pid: 1 }
}

/** Everything of safety that is ours and real, with the parts around it as the world says. */
export const safetyRun = (bucket: Layer.Layer<SafetyBucket>, path: string, world: SafetyWorld) => {
  const position = (symbol: string) => ({ symbol, book: "1", venue: "2" })
  const around = Layer.mergeAll(
    Layer.mock(OrderDesk)({
      cancelAll: (which, by, of = {}) =>
        Effect.sync(() => world.cancelled.push([which, by, ...Object.values(of)].join(" ")))
    }),
    Layer.mock(Quotes)({ quote: () => undefined, averageDailyVolume: () => undefined }),
    Layer.mock(Reconciler)({
      quarantine: () => new Map(),
      suspect: () => undefined,
      view: () => "open",
      status: Effect.sync(() => ({
        state: "open" as const,
        startupComplete: true,
        startedAtMs: 0,
        timedOut: false,
        override: undefined,
        last: {
          trigger: "interval" as const,
          startedAtMs: 0,
          endedAtMs: 0,
          differences: {},
          adjustments: 0,
          unexplained: Array.from({ length: world.differences }, () => position("AAPL")),
          orphans: 0
        }
      }))
    }),
    Layer.succeed(
      VenueWatch,
      VenueWatch.of({
        listening: () => true,
        stopped: () => undefined,
        exchangeNow: (nowMs) => (world.skewMs === undefined ? undefined : instantOfMs(nowMs + world.skewMs)),
        accountAtMs: () => 0,
        account: () => ({
          equity: decimal(world.equity),
          equityAtClose: decimal(world.equityAtClose),
          cash: decimal("0"),
          buyingPower: decimal("0"),
          shortingEnabled: true,
          blocks: world.blocks
        })
      })
    ),
    Layer.succeed(
      VenueHealth,
      VenueHealth.of({ errorsInRow: () => world.venueErrors, invalidAccount: () => world.invalidAccount })
    ),
    Layer.succeed(
      SafetyAlerts,
      SafetyAlerts.of({ raise: (event) => Effect.sync(() => void world.events.push(event)) })
    ),
    findingsLayer,
    Layer.provideMerge(orderStore, Layer.fresh(sqlite({ path, busyTimeoutMs: 1000 }))),
    Layer.provide(safetyState(safetySettings), bucket)
  )
  return Layer.provideMerge(safetyLayer(safetySettings), around)
}

/** The rows of the journal, oldest first: `command step`. */
export const journalRows = Effect.gen(function* () {
  const store = yield* OrderStore
  const rows = yield* store.journal("safety", 100)
  return rows.toReversed().map(({ body }) => {
    const { command, details, step } = JSON.parse(body)
    return { row: `${command} ${step}`, details: String(details) }
  })
})
