// Shared by the tests of the failover.
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { DaemonStates } from "../../actors/market/daemon-states.ts"
import { PhaseBoard } from "../../actors/market/market-hours-actor.ts"
import { Registry } from "../../actors/runtime/registry.ts"
import type { MarketPhase } from "../../src/kernel/calendar/market-phase.ts"
import type { SwitchRecord } from "../../src/kernel/feed-switch.ts"
import { failoverSettings } from "../../src/market/config/failover-settings.ts"
import { switchSentence } from "../../src/market/layers/control/failover-words.ts"
import { EventBus } from "../../src/market/layers/events/daemon-events.ts"
import { makeFeedSwitch } from "../../src/market/layers/failover/feed-switch.ts"
import type { SwitchOutcome } from "../../src/market/ports/feed-switch.ts"

class Feed {
  live = true
  silentMs = 0
  total = 0
  newestMs = Number.NaN
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  tick(nowMs: number) {
    this.total++
    this.newestMs = nowMs
  }
  source() {
    return {
      feed: this.name,
      isLive: () => this.live,
      silentMs: () => this.silentMs,
      ticks: () => ({ total: this.total, newestMs: this.newestMs })
    }
  }
}

/** Two feeds that tick, and the real failover actor over them, in virtual time. */
export const start = Effect.fnUntraced(function* (
  env: Parameters<typeof failoverSettings>[0] = {},
  phase: MarketPhase = "trading"
) {
  const clock = yield* Clock.Clock
  const nowMs = () => clock.currentTimeMillisUnsafe()
  const registry = new Registry()
  const phases = new PhaseBoard()
  phases.announce(phase)
  const primary = new Feed("primary")
  const backup = new Feed("backup")
  const done: Array<string> = []
  const records: Array<SwitchRecord> = []
  const logged: Array<string> = []
  /** Feeds that send ticks, twice a second. */
  const ticking = new Set([primary, backup])
  const events = new EventBus()
  events.subscribe("log", (event) => {
    if (event.type !== "switched") return
    logged.push(switchSentence(event.record))
    records.push(event.record)
  })
  const feedSwitch = makeFeedSwitch({
    feeds: [primary.source(), backup.source()],
    settings: failoverSettings(env),
    control: {
      activate: (feed) => void done.push(`activate ${feed}`),
      startFeed: (feed) => Effect.sync(() => void done.push(`start ${feed}`)),
      stopFeed: (feed) => Effect.sync(() => void done.push(`stop ${feed}`))
    },
    phases,
    registry,
    states: new DaemonStates(),
    events
  })
  const fiber = yield* feedSwitch.body(Effect.void).pipe(Effect.delay(1), Effect.forkChild)
  yield* TestClock.adjust(10)
  const live = Effect.fnUntraced(function* (seconds: number) {
    for (let beat = 0; beat < seconds * 2; beat++) {
      for (const feed of ticking) if (feed.live) feed.tick(nowMs())
      yield* TestClock.adjust(500)
    }
  })
  let id = 0
  const outcomes: Array<SwitchOutcome> = []
  const ask = (to: "primary" | "backup", force = false) => {
    const refused = feedSwitch.refusal({ to, cause: "manual", force })
    if (refused !== undefined) return refused
    const ended = feedSwitch.request({ id: `command-${++id}`, to, cause: "manual", force })
    Effect.runFork(Effect.map(ended, (end) => outcomes.push(end)))
    return undefined
  }
  return {
    primary,
    backup,
    ticking,
    phases,
    feedSwitch,
    done,
    records,
    logged,
    outcomes,
    live,
    ask,
    nowMs,
    state: () => registry.actor("failover")?.state,
    ends: () => records.map(({ to, cause, result }) => `${to} ${cause} ${result}`),
    stop: Fiber.interrupt(fiber)
  }
})
