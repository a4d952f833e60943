import {
  accountBreakerKey,
  killSwitchKey,
  monitorKey,
  strategyBreakerKey,
  symbolBreakerKey
} from "../../../protocol/trading/safety.ts"
import type { BreakerView, KillSwitchView } from "../../domain/risk/safety.ts"
import { type Breaker, viewOf } from "../../domain/safety/breaker.ts"
import type { KillSwitch } from "../../domain/safety/kill-switch.ts"
import type { BucketEntry, BucketListener } from "../../ports/safety-bucket.ts"
import { breakerOf, isMonitorText, killSwitchOf } from "./safety-records.ts"

type Kept<A> = { readonly value: A; readonly seen: Moment } | { readonly cause: string }

/** One moment of this process: on the wall, and on a clock that no one sets. */
export interface Moment {
  readonly wallMs: number
  readonly monotonicMs: number
}

interface Bounds {
  readonly heartbeatMs: number
  readonly monitorSilentMs: number
}

/**
 * What one process knows of the safety states. No clock and no wire: entries come in, views go out. A view that was
 * not confirmed within the heartbeat is unknown, whatever it held.
 */
export class SafetyMirror implements BucketListener {
  private readonly kept = new Map<string, { readonly revision: number; readonly kept: Kept<Breaker | KillSwitch> }>()
  private confirmedAtMs: number | undefined
  private cause = "the states have not been read yet"
  private monitor: { readonly revision: number; readonly changedAtMs: number | undefined } | undefined
  private readonly bounds: Bounds
  private readonly now: () => Moment

  constructor(bounds: Bounds, now: () => Moment) {
    this.bounds = bounds
    this.now = now
  }

  began(): void {
    this.confirmedAtMs = undefined
    // A key that does not come again was removed: its last state is not proof of anything.
    for (const key of this.kept.keys()) this.kept.set(key, { revision: 0, kept: { cause: "it was removed" } })
    // Revisions of a new bucket begin again; the sign of life keeps its age.
    if (this.monitor !== undefined) this.monitor = { ...this.monitor, revision: -1 }
  }

  entry(entry: BucketEntry): void {
    if (entry.key === monitorKey) return this.monitorEntry(entry)
    const known = this.kept.get(entry.key)
    if (known !== undefined && known.revision >= entry.revision) return
    this.kept.set(entry.key, { revision: entry.revision, kept: this.keptOf(entry) })
  }

  confirmed(atMs: number): void {
    this.confirmedAtMs = Math.max(this.confirmedAtMs ?? atMs, atMs)
  }

  lost(cause: string): void {
    this.confirmedAtMs = undefined
    this.cause = cause
  }

  /** Undefined: the view is fresh. */
  unknownCause(): string | undefined {
    if (this.confirmedAtMs === undefined) return this.cause
    const ageMs = this.now().monotonicMs - this.confirmedAtMs
    return ageMs > this.bounds.heartbeatMs ? `not confirmed for ${ageMs} ms` : undefined
  }

  monitorSilentMs(): number | undefined {
    const changedAtMs = this.monitor?.changedAtMs
    return changedAtMs === undefined ? undefined : this.now().monotonicMs - changedAtMs
  }

  view(strategyId: string, symbol: string): { killSwitch: KillSwitchView; breakers: ReadonlyArray<BreakerView> } {
    const cause = this.unknownCause()
    if (cause !== undefined) {
      return { killSwitch: { state: "unknown", cause }, breakers: [{ state: "unknown", cause }] }
    }
    const breakers = [this.breakerView(accountBreakerKey) ?? missing]
    for (const key of [strategyBreakerKey(strategyId), symbolBreakerKey(symbol)]) {
      const view = this.breakerView(key)
      if (view !== undefined) breakers.push(view)
    }
    const silentMs = this.monitorSilentMs()
    if (silentMs === undefined || silentMs > this.bounds.monitorSilentMs) {
      const details =
        silentMs === undefined ? "no monitor has been heard" : `the monitor has been silent for ${silentMs} ms`
      breakers.push({ state: "tripped", reason: "MONITOR_SILENT", details })
    }
    return { killSwitch: this.killSwitchView(), breakers }
  }

  /** Every breaker that is known, by its key. */
  breakers(): ReadonlyArray<readonly [key: string, Breaker | { readonly cause: string }]> {
    return [...this.kept].flatMap(([key, { kept }]) =>
      key.startsWith("breaker.") ? [[key, "value" in kept ? (kept.value as Breaker) : kept] as const] : []
    )
  }

  private monitorEntry({ revision, text }: BucketEntry): void {
    if (text === undefined || !isMonitorText(text)) return
    const before = this.monitor
    if (before !== undefined && before.revision === revision) return
    // The first record may be of a monitor that has ended long ago: only one that changes is a sign of life.
    const changedAtMs = before === undefined || before.revision < 0 ? before?.changedAtMs : this.now().monotonicMs
    this.monitor = { revision, changedAtMs }
  }

  private keptOf({ key, text }: BucketEntry): Kept<Breaker | KillSwitch> {
    if (text === undefined) return { cause: "it was deleted" }
    const value = key === killSwitchKey ? killSwitchOf(text) : breakerOf(text)
    return value === undefined ? { cause: "its record cannot be read" } : { value, seen: this.now() }
  }

  private killSwitchView(): KillSwitchView {
    const kept = this.kept.get(killSwitchKey)?.kept
    if (kept === undefined) return missing
    if ("cause" in kept) return { state: "unknown", cause: kept.cause }
    const { changedBy, reason, scope, state } = kept.value as KillSwitch
    return state === "active" ? { state } : { state, scope, reason, by: changedBy }
  }

  private breakerView(key: string): BreakerView | undefined {
    const kept = this.kept.get(key)?.kept
    if (kept === undefined) return undefined
    if ("cause" in kept) return { state: "unknown", cause: kept.cause }
    const now = this.now()
    // A wall clock that is set forward does not end a quiet period early: it may only run as fast as the other clock.
    const elapsed = kept.seen.wallMs + (now.monotonicMs - kept.seen.monotonicMs)
    return viewOf(kept.value as Breaker, Math.min(now.wallMs, elapsed))
  }
}

const missing = { state: "unknown", cause: "an operator has not initialised it" } as const
