import { assign, raise, setup } from "xstate"
import type { SwitchAsk, SwitchCause } from "../../src/kernel/feed-switch.ts"
import { command } from "../command.ts"
import {
  type FailoverContext,
  type FailoverEvent,
  type FailoverInput,
  isFit,
  isWell,
  otherOf,
  type PendingSwitch,
  switchRefusal,
  takesBack
} from "./failover-events.ts"

const begun = (context: FailoverContext, ask: SwitchAsk): Partial<FailoverContext> => ({
  pending: { ...ask, from: context.active, result: "committed", why: undefined, takenBackBy: undefined }
})
const byItself = (to: string): SwitchAsk => ({ id: "", to, cause: "auto", force: false })
const unasked = (cause: SwitchCause | undefined): boolean => cause === "auto" || cause === "repair"

const ending = (
  { pending }: FailoverContext,
  end: Pick<PendingSwitch, "result" | "why"> & Partial<Pick<PendingSwitch, "takenBackBy">>
): Partial<FailoverContext> => (pending === undefined ? {} : { pending: { ...pending, ...end } })

const activeServes = (context: FailoverContext): boolean => !context.trading || isWell(context, context.active)
const standbyIsFit = (context: FailoverContext): boolean => isFit(context, otherOf(context, context.active))
const isAway = ({ active, preferred }: FailoverContext): boolean => active !== preferred

/** Names of the failover machine's commands, actions, guards and delays. */
export const failoverSetup = setup({
  types: { context: {} as FailoverContext, events: {} as FailoverEvent, input: {} as FailoverInput },
  actions: {
    awaitTick: command,
    stopActive: command,
    startTarget: command,
    stopTarget: command,
    startActive: command,
    stopStandby: command,
    activate: command,
    reportSwitch: command,
    refuseSwitch: command,
    reportTroubled: command,
    reportNoFeed: command,
    reportHold: command,
    noteFeed: assign(({ context, event }) =>
      event.type === "FEED_CHANGED"
        ? { facts: { ...context.facts, [event.feed]: { live: event.live, silent: event.silent } } }
        : {}
    ),
    notePhase: assign(({ event }) => (event.type === "PHASE_CHANGED" ? { trading: event.phase === "trading" } : {})),
    beginAsked: assign(({ context, event }) => {
      if (event.type !== "SWITCH_ASKED") return {}
      const { id, to, cause, force } = event
      return begun(context, { id, to, cause, force })
    }),
    beginRelief: assign(({ context }) => begun(context, byItself(otherOf(context, context.active)))),
    beginFailback: assign(({ context }) => begun(context, byItself(context.preferred))),
    noteRefusal: assign(({ context, event }) => {
      if (event.type !== "SWITCH_ASKED") return {}
      const code = switchRefusal(context, event)
      return code === undefined ? {} : { refused: { id: event.id, code } }
    }),
    noteNoTick: assign(({ context }) =>
      ending(context, { result: "rolled_back", why: `none of its valid ticks arrived within ${context.commitMs} ms` })
    ),
    noteTradingEnded: assign(({ context }) =>
      ending(context, { result: "cancelled", why: "trading ended before one of its ticks arrived" })
    ),
    noteTakenBack: assign(({ context, event }) =>
      event.type === "SWITCH_ASKED"
        ? ending(context, {
            result: "cancelled",
            why: "it was cancelled before the market opened",
            takenBackBy: event.id
          })
        : {}
    ),
    commit: assign(({ context: { pending } }) =>
      pending === undefined
        ? {}
        : {
            active: pending.to,
            movedBy: pending.cause,
            ended: pending,
            pending: undefined,
            failures: 0,
            pausing: false,
            failbackDue: false
          }
    ),
    rollBack: assign(({ context: { failures, mode, pausing, pending } }) => {
      // An operator may repeat a failed command; it must not block automatic switches of a hot pair.
      const failed = pending?.result === "rolled_back" && (mode === "cold" || unasked(pending.cause))
      return {
        ended: pending,
        pending: undefined,
        failures: failures + (failed ? 1 : 0),
        pausing: pausing || failed,
        failbackDue: false
      }
    }),
    reportCommitted: raise({ type: "SWITCH_COMMITTED" }),
    reportRolledBack: raise(({ context }) => ({
      type: context.ended?.result === "cancelled" ? ("SWITCH_CANCELLED" as const) : ("SWITCH_ROLLED_BACK" as const)
    })),
    endPause: assign({ pausing: false }),
    noteDue: assign({ failbackDue: true }),
    clearDue: assign({ failbackDue: false }),
    countFlap: assign({ flaps: ({ context }) => context.flaps + 1 }),
    clearFlaps: assign({ flaps: 0 }),
    hold: assign({ held: true }),
    release: assign({ held: false })
  },
  guards: {
    isCold: ({ context }) => context.mode === "cold",
    isTrading: ({ context }) => context.trading,
    isNotTrading: ({ context }) => !context.trading,
    activeServes: ({ context }) => activeServes(context),
    activeIsTroubled: ({ context }) => !activeServes(context),
    opensUnserved: ({ context, event }) =>
      event.type === "PHASE_CHANGED" &&
      event.phase === "trading" &&
      !context.trading &&
      !isWell(context, context.active),
    standbyIsFit: ({ context }) => standbyIsFit(context),
    standbyIsUnfit: ({ context }) => !standbyIsFit(context),
    canRelieve: ({ context }) => !context.held && !context.pausing && standbyIsFit(context),
    canFailBack: ({ context }) =>
      context.failbackDue &&
      !context.held &&
      !context.pausing &&
      context.trading &&
      isAway(context) &&
      isFit(context, context.preferred),
    isAdmitted: ({ context, event }) => event.type === "SWITCH_ASKED" && switchRefusal(context, event) === undefined,
    takesBack: ({ context, event }) => event.type === "SWITCH_ASKED" && takesBack(context, event),
    isOfTarget: ({ context, event }) => event.type === "TICK_ARRIVED" && event.feed === context.pending?.to,
    /** An automatic switch does not wait for the market: all is checked again at its opening. */
    endsUnasked: ({ context, event }) =>
      event.type === "PHASE_CHANGED" && event.phase !== "trading" && unasked(context.pending?.cause),
    isPausing: ({ context }) => context.pausing,
    isAway: ({ context }) => isAway(context),
    isHome: ({ context }) => !isAway(context),
    wasMovedUnasked: ({ context }) => isAway(context) && unasked(context.movedBy),
    /** A manual switch is only reverted manually. */
    provesItself: ({ context }) =>
      context.mode === "hot" &&
      context.failbackMs > 0 &&
      unasked(context.movedBy) &&
      isWell(context, context.preferred),
    isUnwell: ({ context }) => !isWell(context, context.preferred)
  },
  delays: {
    start: ({ context }) => context.startMs,
    /** Silence is reported after its limit has passed; a loss is reported at once. */
    doubt: ({ context }) => (context.facts[context.active]?.live === true ? 0 : context.lostMs),
    commit: ({ context }) => context.commitMs,
    retryPause: ({ context }) =>
      Math.min(context.retry.capMs, context.retry.baseMs * 2 ** Math.max(0, context.failures - 1)),
    proof: ({ context }) => Math.min(context.failbackCapMs, context.failbackMs * 2 ** context.flaps)
  }
})
