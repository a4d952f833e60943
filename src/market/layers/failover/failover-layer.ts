import { Context, Effect, Layer } from "effect"
import { DaemonEvents } from "../events/daemon-events.ts"
import { Integrity, integrityOf } from "../integrity/integrity-layer.ts"
import { Machines } from "../journal/machines-layer.ts"
import { DaemonRegistry, FeedLines, FeedSilence, Settings, States } from "../lowest.ts"
import { makeDaemonSwitch } from "./daemon-switch.ts"

/** Which of two feeds is the active one. */
export class Failover extends Context.Service<
  Failover,
  {
    /** Undefined: the feeds are no pair. */
    readonly feedSwitch: ReturnType<typeof makeDaemonSwitch>
  }
>()("tickd/market/Failover") {}

export const failoverLayer = Layer.effect(
  Failover,
  Effect.gen(function* () {
    const settings = yield* Settings
    const { feeds, isPair } = yield* FeedLines
    const { silentMs } = yield* FeedSilence
    const { phases } = yield* Machines
    const registry = yield* DaemonRegistry
    const states = yield* States
    const events = yield* DaemonEvents
    const integrity = yield* Integrity
    if (!isPair) return { feedSwitch: undefined }
    const feedSwitch = makeDaemonSwitch({ settings, feeds, phases, registry, states, events, silentMs })
    // A session that changed need not wait for the next look.
    events.subscribe("failover", ({ type }) => {
      if (type === "session") feedSwitch?.look()
    })
    if (settings.failover.mode === "cold") {
      events.subscribe("integrity", (event) => {
        if (event.type !== "switched") return
        const { committedMs, gapMs, result, to } = event.record
        if (result !== "committed" || committedMs === undefined || gapMs === undefined) return
        const at = feeds.findIndex(({ feed }) => feed === to)
        if (at >= 0) integrityOf(integrity, at).gaps.tookOver(committedMs - gapMs, committedMs)
      })
    }
    return { feedSwitch }
  })
)
