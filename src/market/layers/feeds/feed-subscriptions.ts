import type { LoginMemory } from "../../../../actors/market/session-actor.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import { RateWindow } from "../../../kernel/limits/rate-window.ts"
import { TickArrivals } from "../../application/intake/tick-arrivals.ts"
import { RequestLimit } from "../../application/subscriptions/request-limit.ts"
import { Subscriptions } from "../../application/subscriptions/subscriptions.ts"
import type { Config } from "../../config/config.ts"
import { subscribeSettings, subscribeTimeoutMs } from "../../config/subscribe-settings.ts"

/** What one feed is asked for and how fast: its wanted instruments, its ticks by instrument, its limits. */
export const makeAsking = (options: {
  readonly config: Pick<Config, "subscribe">
  readonly feed: string
  readonly instruments: ReadonlyArray<string>
  readonly directory: InstrumentDirectory
}) => {
  const settings = options.config.subscribe ?? subscribeSettings()
  const arrivals = new TickArrivals()
  const subscriptions = new Subscriptions({
    feed: options.feed,
    wanted: options.instruments,
    limits: settings.limits,
    directory: options.directory,
    arrivals,
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now()
  })
  const logins: LoginMemory = {
    lastLoginMs: 0,
    limit: { window: new RateWindow(60_000), most: settings.loginsPerMinute }
  }
  return {
    arrivals,
    subscriptions,
    logins,
    /** For the control plane: what clients may ask. */
    requests: new RequestLimit({ ...settings.requests, hits: subscriptions.hits }),
    priorities: settings.limits.priority.length,
    timeoutMs: subscribeTimeoutMs(options.instruments.length, settings.limits.perSecond)
  }
}
