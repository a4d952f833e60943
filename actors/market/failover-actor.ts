import { Clock, Effect, Latch } from "effect"
import {
  type FailoverCommand,
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
import { runMachineActor } from "../runtime/machine-actor.ts"
import type { Registry } from "../runtime/registry.ts"
import type { PhaseBoard } from "./market-hours-actor.ts"

/** How often the feeds are looked at, milliseconds. */
const lookEveryMs = 100
/** While a first tick may come any moment: how late it may be seen. */
const awaitEveryMs = 5

/** What others may say to a running failover. */
export interface FailoverEntrance {
  readonly ask: (ask: SwitchAsk) => void
  readonly hold: (held: boolean) => void
  /** Looks at the feeds now: whoever knows that a session changed need not wait for the next look. */
  readonly look: () => void
  /** Why a switch would not be begun now. */
  readonly refusal: (ask: Omit<SwitchAsk, "id">) => SwitchRefusal | undefined
  readonly context: () => FailoverContext
}

export interface FailoverActorOptions {
  readonly input: FailoverInput
  readonly registry: Registry
  readonly tracker: SwitchTracker
  readonly phases: Pick<PhaseBoard, "listen">
  readonly control: FeedControl
  /** Told of each switch that ended. `takenBackBy`: the command that took it back. */
  readonly onRecord: (record: SwitchRecord, takenBackBy: string | undefined) => void
  /** A switch that was requested is not begun: something changed since `refusal` was asked. */
  readonly onRefused: (id: string, code: SwitchRefusal) => void
  readonly onEntrance: (entrance: FailoverEntrance) => void
}

/** Interprets the failover machine: looks at both feeds, requests what it is told to, and writes each switch down. */
export const runFailover = Effect.fnUntraced(function* (options: FailoverActorOptions) {
  const { control, tracker, input, registry } = options
  let tell: (event: FailoverEvent) => void = () => undefined
  let current: FailoverContext | undefined
  const wake = Latch.makeUnsafe()

  const report = (level: "Info" | "Warning" | "Error", event: string, message: string) =>
    (level === "Info" ? Effect.logInfo : level === "Warning" ? Effect.logWarning : Effect.logError)(message).pipe(
      Effect.annotateLogs({ event })
    )
  const perform = (command: string, { context }: { readonly context: FailoverContext }): Effect.Effect<void> => {
    const { active, ended, held, pausing, pending, refused } = context
    const standby = otherOf(context, active)
    switch (command as FailoverCommand) {
      case "awaitTick":
        return Effect.map(Clock.currentTimeMillis, (nowMs) => {
          tracker.awaitTick(pending?.to ?? standby, nowMs)
          wake.openUnsafe()
        })
      case "stopActive":
        return control.stopFeed(active)
      case "startTarget":
        return control.startFeed(pending?.to ?? standby)
      case "stopTarget":
      case "stopStandby":
        return control.stopFeed(standby)
      case "startActive":
        return control.startFeed(active)
      case "activate":
        return Effect.sync(() => control.activate(active))
      case "reportSwitch":
        return Effect.map(Clock.currentTimeMillis, (nowMs) => {
          if (ended !== undefined) options.onRecord(tracker.note(ended, nowMs), ended.takenBackBy)
        })
      case "refuseSwitch":
        return Effect.sync(() => {
          if (refused !== undefined) options.onRefused(refused.id, refused.code)
        })
      case "reportTroubled":
        return report(
          "Warning",
          "failover_required",
          `feed ${active} serves no ticks, and ${standby} is not switched to: ${held ? "a hold is on, release it or command the switch with force" : pausing ? "the last switch was rolled back, another one follows after a pause" : "a switch is not possible now"}`
        )
      case "reportNoFeed":
        return report(
          "Error",
          "no_feed",
          `NO FEED: neither ${active} nor ${standby} serves ticks in trading hours, the label stays on ${active}: look at both fronts and the lines to them`
        )
      case "reportHold":
        return report(
          "Info",
          "failover_hold",
          held ? "no switch by itself until the hold is released" : "the hold is released, switches by themselves again"
        )
      default:
        return Effect.die(new Error(`no performer for command ${command}`))
    }
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
    perform,
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
