import { Clock, Effect, Latch } from "effect"
import {
  type FailoverContext,
  type FailoverEvent,
  type FailoverInput,
  factsOf,
  failoverLabel,
  otherOf,
  switchRefusal
} from "../../machines/market/failover-events.ts"
import { failoverMachine } from "../../machines/market/failover-machine.ts"
import type { SwitchAsk, SwitchRecord, SwitchRefusal } from "../../src/kernel/feed-switch.ts"
import type { SwitchTracker } from "../../src/market/application/failover/switch-tracker.ts"
import type { FeedControl } from "../../src/market/ports/feed-control.ts"
import { type Performers, runMachineActor } from "../runtime/machine-actor.ts"
import type { Registry } from "../runtime/registry.ts"
import type { DaemonStates } from "./daemon-states.ts"
import type { PhaseBoard } from "./market-hours-actor.ts"

/** Interval of the feed check, milliseconds. */
const lookEveryMs = 100
/** Interval while a first tick is awaited, and so the precision of its time. */
const awaitEveryMs = 5

/** Calls into a running failover. */
export interface FailoverEntrance {
  readonly ask: (ask: SwitchAsk) => void
  readonly hold: (held: boolean) => void
  /** Checks the feeds now, for a caller that knows of a session change. */
  readonly look: () => void
  /** Why a switch would be refused now. */
  readonly refusal: (ask: Omit<SwitchAsk, "id">) => SwitchRefusal | undefined
  readonly context: () => FailoverContext
}

export interface FailoverActorOptions {
  readonly input: FailoverInput
  readonly registry: Registry
  readonly states: Pick<DaemonStates, "noteFailover">
  readonly tracker: SwitchTracker
  readonly phases: Pick<PhaseBoard, "listen">
  readonly control: FeedControl
  /** Called with each finished switch. `takenBackBy`: the command that cancelled it. */
  readonly onRecord: (record: SwitchRecord, takenBackBy: string | undefined) => void
  /** A requested switch is not begun: something changed since `refusal` was called. */
  readonly onRefused: (id: string, code: SwitchRefusal) => void
  readonly onEntrance: (entrance: FailoverEntrance) => void
}

/** Interprets the failover machine: checks both feeds, executes its commands, and records each switch. */
export const runFailover = Effect.fnUntraced(function* (options: FailoverActorOptions) {
  const { control, tracker, input, registry } = options
  let tell: (event: FailoverEvent) => void = () => undefined
  let current: FailoverContext | undefined
  const wake = Latch.makeUnsafe()

  const report = (level: "Info" | "Warning" | "Error", event: string, message: string) =>
    (level === "Info" ? Effect.logInfo : level === "Warning" ? Effect.logWarning : Effect.logError)(message).pipe(
      Effect.annotateLogs({ event })
    )
  const standbyOf = (context: FailoverContext) => otherOf(context, context.active)
  const targetOf = (context: FailoverContext) => context.pending?.to ?? standbyOf(context)
  const stopStandby = ({ context }: { readonly context: FailoverContext }) => control.stopFeed(standbyOf(context))
  const performers: Performers<typeof failoverMachine> = {
    awaitTick: ({ context }) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => {
        tracker.awaitTick(targetOf(context), nowMs)
        wake.openUnsafe()
      }),
    stopActive: ({ context }) => control.stopFeed(context.active),
    startTarget: ({ context }) => control.startFeed(targetOf(context)),
    stopTarget: stopStandby,
    stopStandby,
    startActive: ({ context }) => control.startFeed(context.active),
    activate: ({ context }) => Effect.sync(() => control.activate(context.active)),
    reportSwitch: ({ context: { ended } }) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => {
        if (ended !== undefined) options.onRecord(tracker.note(ended, nowMs), ended.takenBackBy)
      }),
    refuseSwitch: ({ context: { refused } }) =>
      Effect.sync(() => {
        if (refused !== undefined) options.onRefused(refused.id, refused.code)
      }),
    reportTroubled: ({ context }) =>
      report(
        "Warning",
        "failover_required",
        `feed ${context.active} delivers no ticks, and the failover does not switch to ${standbyOf(context)}: ${context.held ? "a hold is on, release it or request the switch with force" : context.pausing ? "the last switch was rolled back, another one follows after a pause" : "a switch is not possible now"}`
      ),
    reportNoFeed: ({ context }) =>
      report(
        "Error",
        "no_feed",
        `NO FEED: neither ${context.active} nor ${standbyOf(context)} delivers ticks in trading hours, the label stays on ${context.active}: check both fronts and the network to them`
      ),
    reportHold: ({ context: { held } }) =>
      report(
        "Info",
        "failover_hold",
        held
          ? "no automatic switch until the hold is released"
          : "the hold is released, automatic switches are allowed again"
      )
  }

  const look = () => {
    for (const fact of tracker.look()) tell(fact)
  }
  const watch = Effect.gen(function* () {
    while (true) {
      look()
      wake.closeUnsafe()
      const soon = current?.pending !== undefined && current.trading
      yield* Effect.raceFirst(Effect.sleep(soon ? awaitEveryMs : lookEveryMs), wake.await)
    }
  })
  const beside = Effect.scoped(
    Effect.andThen(
      Effect.acquireRelease(
        Effect.sync(() => options.phases.listen((phase) => tell({ type: "PHASE_CHANGED", phase }))),
        (stop) => Effect.sync(stop)
      ),
      watch
    )
  )

  tracker.begin()
  return yield* runMachineActor(failoverMachine, {
    actor: "failover",
    input,
    registry,
    follow: (standing) => options.states.noteFailover(standing),
    nameOf: failoverLabel,
    stoppedAs: "stopped",
    contextOf: ({ context }) => ({
      active: context.active,
      mode: context.mode,
      held: context.held,
      trading: context.trading,
      ...Object.fromEntries(
        context.feeds.map((feed) => {
          const { live, silent } = factsOf(context, feed)
          return [feed, live ? (silent ? "silent" : "live") : "down"]
        })
      ),
      switchingTo: context.pending?.to,
      cause: context.pending?.cause,
      pausing: context.pausing,
      failures: context.failures,
      failbackDue: context.failbackDue,
      flaps: context.flaps,
      lastError: context.ended?.result === "rolled_back" ? context.ended.why : undefined
    }),
    performers,
    onTransition: ({ snapshot }) => {
      const first = current === undefined
      current = snapshot.context
      if (!first) return
      options.onEntrance({
        ask: (ask) => tell({ type: "SWITCH_ASKED", ...ask }),
        hold: (held) => tell({ type: held ? "HOLD_ASKED" : "RELEASE_ASKED" }),
        look,
        refusal: (ask) => switchRefusal(current ?? snapshot.context, ask),
        context: () => current ?? snapshot.context
      })
    },
    onMailbox: (offer) => {
      tell = offer
    },
    beside
  })
})
