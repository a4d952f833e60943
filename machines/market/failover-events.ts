import type { MarketPhase } from "../../src/kernel/calendar/market-phase.ts"
import type { FeedMode, SwitchAsk, SwitchCause, SwitchRefusal, SwitchResult } from "../../src/kernel/feed-switch.ts"
import type { BackoffPolicy } from "../backoff.ts"

/** Settings of the failover. Times in milliseconds. */
export interface FailoverInput {
  readonly mode: FeedMode
  /** The first feed and the second. A switch to the second is a failover, one to the first a failback. */
  readonly feeds: readonly [string, string]
  /** The feed to return to after a failover. */
  readonly preferred: string
  readonly active: string
  /** Cause of the switch away from `preferred` by a previous run of this machine. */
  readonly movedBy: SwitchCause | undefined
  readonly held: boolean
  /** Time for the active feed to start after the daemon's start or the market's opening. */
  readonly startMs: number
  /** Time that a session may be lost before its feed is left. */
  readonly lostMs: number
  /** Time limit for the first valid tick of the new feed in trading hours. */
  readonly commitMs: number
  /** Time of uninterrupted health of the preferred feed before the failback; 0: no automatic failback. */
  readonly failbackMs: number
  /** Maximum of that time, which doubles with each failback that did not last. */
  readonly failbackCapMs: number
  /** Pauses after rolled-back switches before the next automatic one. */
  readonly retry: BackoffPolicy
}

/** Facts, in the past tense: actions of the feeds, the market or an operator. */
export type FailoverEvent =
  /** `live`: its session is logged in and subscribed. `silent`: it has been silent beyond its limit. */
  | { readonly type: "FEED_CHANGED"; readonly feed: string; readonly live: boolean; readonly silent: boolean }
  | { readonly type: "PHASE_CHANGED"; readonly phase: MarketPhase }
  /** The first valid tick of a feed since `awaitTick`. */
  | { readonly type: "TICK_ARRIVED"; readonly feed: string }
  | ({ readonly type: "SWITCH_ASKED" } & SwitchAsk)
  | { readonly type: "HOLD_ASKED" }
  | { readonly type: "RELEASE_ASKED" }
  /** From the machine to itself: result of the present switch. Other regions delay the next one with it. */
  | { readonly type: "SWITCH_COMMITTED" }
  | { readonly type: "SWITCH_ROLLED_BACK" }
  | { readonly type: "SWITCH_CANCELLED" }

/** A running switch. `id` is empty for one that the machine began itself. */
export interface PendingSwitch extends SwitchAsk {
  readonly from: string
  /** Why it ends without a tick. */
  readonly why: string | undefined
  readonly result: SwitchResult
  /** The command that cancelled it. */
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
  /** The newest finished switch. */
  readonly ended: PendingSwitch | undefined
  /** A relevant switch was rolled back recently: of a cold pair any, of a hot one only automatic ones. */
  readonly pausing: boolean
  /** Number of such switches in a row. */
  readonly failures: number
  /** The preferred feed has been healthy for long enough. */
  readonly failbackDue: boolean
  /** Number of consecutive failbacks that did not last. */
  readonly flaps: number
  readonly refused: { readonly id: string; readonly code: SwitchRefusal } | undefined
}

/** The state of the label. `value` of the machine is `{ label, retry, failback }`. */
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

/**
 * A feed that is a possible target. The state of a cold feed is unknown: it counts as fit until a switch to it
 * failed.
 */
export const isFit = (context: FailoverContext, feed: string): boolean =>
  context.mode === "cold" ? !context.pausing : isWell(context, feed)

/** A command for the still active feed cancels a command that waits for the market. */
export const takesBack = (context: FailoverContext, ask: Pick<SwitchAsk, "to">): boolean =>
  context.pending !== undefined && !context.trading && ask.to === context.active

/** Why a switch is refused now; undefined: it begins. Used by the machine and by callers before they request one. */
export const switchRefusal = (context: FailoverContext, ask: Omit<SwitchAsk, "id">): SwitchRefusal | undefined => {
  if (takesBack(context, ask)) return undefined
  if (context.pending !== undefined) return "SWITCH_BUSY"
  if (ask.to === context.active) return "ALREADY_ACTIVE"
  if (ask.force) return undefined
  if (context.held) return "SWITCH_HELD"
  return isFit(context, ask.to) ? undefined : "FEED_NOT_HEALTHY"
}
