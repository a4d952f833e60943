import type { MarketPhase } from "../../src/kernel/calendar/market-phase.ts"
import type { FeedMode, SwitchAsk, SwitchCause, SwitchRefusal, SwitchResult } from "../../src/kernel/feed-switch.ts"
import type { BackoffPolicy } from "../backoff.ts"

/** What the failover must know before it starts. Times in milliseconds. */
export interface FailoverInput {
  readonly mode: FeedMode
  /** The first feed and the second. A switch to the second is a failover, one to the first a failback. */
  readonly feeds: readonly [string, string]
  /** The one that is gone back to after a failover. */
  readonly preferred: string
  readonly active: string
  /** How `active` came to be away from `preferred`, when a former life of this machine switched. */
  readonly movedBy: SwitchCause | undefined
  readonly held: boolean
  /** What the active feed is given to come up after the start or the opening of the market. */
  readonly startMs: number
  /** How long a lost session may be lost before its feed is left. */
  readonly lostMs: number
  /** How long a switch waits for the first valid tick of the new feed in trading hours. */
  readonly commitMs: number
  /** Health of the preferred feed, without a break, after which it is gone back to; 0: never by itself. */
  readonly failbackMs: number
  /** Bound of that time, which doubles with each failback that did not last. */
  readonly failbackCapMs: number
  /** Pauses after switches that were rolled back, before one is begun by itself again. */
  readonly retry: BackoffPolicy
}

/** Facts, in the past tense: what the feeds, the market or an operator did. */
export type FailoverEvent =
  /** `live`: its session is logged in and subscribed. `silent`: it has said nothing for longer than it may. */
  | { readonly type: "FEED_CHANGED"; readonly feed: string; readonly live: boolean; readonly silent: boolean }
  | { readonly type: "PHASE_CHANGED"; readonly phase: MarketPhase }
  /** The first valid tick of a feed since `awaitTick`. */
  | { readonly type: "TICK_ARRIVED"; readonly feed: string }
  | ({ readonly type: "SWITCH_ASKED" } & SwitchAsk)
  | { readonly type: "HOLD_ASKED" }
  | { readonly type: "RELEASE_ASKED" }
  /** Of the machine to itself: how the present switch ended, for the regions that pace the next one. */
  | { readonly type: "SWITCH_COMMITTED" }
  | { readonly type: "SWITCH_ROLLED_BACK" }
  | { readonly type: "SWITCH_CANCELLED" }

/** A switch that has been begun. `id` is empty for one that the machine began itself. */
export interface PendingSwitch extends SwitchAsk {
  readonly from: string
  /** Why it ends without a tick. */
  readonly why: string | undefined
  readonly result: SwitchResult
  /** The command that took it back. */
  readonly takenBackBy: string | undefined
}

export interface FeedFacts {
  readonly live: boolean
  readonly silent: boolean
}

export interface FailoverContext extends FailoverInput {
  readonly facts: Readonly<Record<string, FeedFacts>>
  readonly trading: boolean
  readonly pending: PendingSwitch | undefined
  /** The newest switch that ended. */
  readonly ended: PendingSwitch | undefined
  /** A switch that counts was rolled back a short time ago: of a cold pair any, of a hot one those that nobody requested. */
  readonly pausing: boolean
  /** Such switches in a row. */
  readonly failures: number
  /** The preferred feed has been healthy for long enough. */
  readonly failbackDue: boolean
  /** Failbacks in a row that did not last. */
  readonly flaps: number
  readonly refused: { readonly id: string; readonly code: SwitchRefusal } | undefined
}

/** Where the label stands. `value` of the machine is `{ label, retry, failback }`. */
export const failoverLabel = (value: unknown): string => (value as { label: string }).label

const unknown: FeedFacts = { live: false, silent: false }
export const factsOf = ({ facts }: FailoverContext, feed: string): FeedFacts => facts[feed] ?? unknown

/** The other one of the two feeds. */
export const otherOf = ({ feeds }: Pick<FailoverContext, "feeds">, feed: string): string =>
  feed === feeds[0] ? feeds[1] : feeds[0]

export const isWell = (context: FailoverContext, feed: string): boolean => {
  const { live, silent } = factsOf(context, feed)
  return live && !silent
}

/** A feed that can be switched to. A cold one cannot be seen: it is taken for fit until a switch to it failed. */
export const isFit = (context: FailoverContext, feed: string): boolean =>
  context.mode === "cold" ? !context.pausing : isWell(context, feed)

/** A command that waits for the market is taken back by one for the feed that is still active. */
export const takesBack = (context: FailoverContext, ask: Pick<SwitchAsk, "to">): boolean =>
  context.pending !== undefined && !context.trading && ask.to === context.active

/** Why a switch is not begun now; undefined: it is. The same for the machine and for whoever asks before he commands. */
export const switchRefusal = (context: FailoverContext, ask: Omit<SwitchAsk, "id">): SwitchRefusal | undefined => {
  if (takesBack(context, ask)) return undefined
  if (context.pending !== undefined) return "SWITCH_BUSY"
  if (ask.to === context.active) return "ALREADY_ACTIVE"
  if (ask.force) return undefined
  if (context.held) return "SWITCH_HELD"
  return isFit(context, ask.to) ? undefined : "FEED_NOT_HEALTHY"
}
