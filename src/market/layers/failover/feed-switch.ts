import { Deferred, Effect } from "effect"
import type { DaemonStates } from "../../../../actors/market/daemon-states.ts"
import { type FailoverEntrance, runFailover } from "../../../../actors/market/failover-actor.ts"
import type { PhaseBoard } from "../../../../actors/market/market-hours-actor.ts"
import type { Registry } from "../../../../actors/runtime/registry.ts"
import type { Body } from "../../../../actors/runtime/tree.ts"
import type { SwitchCause, SwitchRecord } from "../../../kernel/feed-switch.ts"
import type { FailoverMessage } from "../../../protocol/market/failover.ts"
import { type SwitchFeed, SwitchTracker } from "../../application/failover/switch-tracker.ts"
import type { FailoverSettings } from "../../config/failover-settings.ts"
import type { FeedControl } from "../../ports/feed-control.ts"
import type { FeedSwitch, SwitchOutcome } from "../../ports/feed-switch.ts"
import { switchMessage } from "../control/failover-words.ts"
import type { EventBus } from "../events/daemon-events.ts"

/** States in which the active feed serves nothing and no switch is under way. */
const requiredIn: ReadonlySet<string> = new Set(["troubled", "noFeed"])

/**
 * The failover of two feeds: the child of the tree that runs it, what operators and the repair ladder ask of it, and
 * what a status reports. Which feed is active, and a hold, outlive a restart of the child, not of the daemon.
 */
export const makeFeedSwitch = (options: {
  /** The first feed (`primary`) and the second (`backup`). */
  readonly feeds: readonly [SwitchFeed, SwitchFeed]
  /** The feed that is active at the start and gone back to; the first one when unset. */
  readonly preferred?: string
  readonly settings: FailoverSettings
  /** What a switch does to the feeds. */
  readonly control: FeedControl
  readonly phases: Pick<PhaseBoard, "listen">
  readonly registry: Registry
  readonly states: DaemonStates
  readonly events: EventBus
}) => {
  const { control, events, registry, settings, states } = options
  const names = [options.feeds[0].feed, options.feeds[1].feed] as const
  const preferred = options.preferred ?? names[0]
  const tracker = new SwitchTracker({ feeds: options.feeds, silenceMs: settings.silenceMs })
  const waiting = new Map<string, Deferred.Deferred<SwitchOutcome>>()
  const newest: Partial<Record<SwitchRecord["kind"], SwitchRecord>> = {}
  let entrance: FailoverEntrance | undefined
  let active = preferred
  let movedBy: SwitchCause | undefined
  let held = settings.held

  const end = (id: string, outcome: SwitchOutcome) => {
    const ended = waiting.get(id)
    if (ended !== undefined) Deferred.doneUnsafe(ended, Effect.succeed(outcome))
    waiting.delete(id)
  }
  const onRecord = (record: SwitchRecord, takenBackBy: string | undefined) => {
    if (record.result === "committed") {
      newest[record.kind] = record
      movedBy = record.cause
    }
    end(record.id, { type: "ended", record })
    if (takenBackBy !== undefined) end(takenBackBy, { type: "ended", record })
    events.publish({ type: "switched", record })
  }
  const body: Body = (ready) =>
    Effect.andThen(
      ready,
      Effect.suspend(() =>
        runFailover({
          input: {
            mode: settings.mode,
            feeds: names,
            preferred,
            active,
            movedBy,
            held,
            startMs: settings.startMs,
            lostMs: settings.lostMs,
            commitMs: settings.commitMs,
            failbackMs: settings.failbackMs,
            failbackCapMs: settings.failbackCapMs,
            retry: settings.retry
          },
          registry,
          states,
          tracker,
          phases: options.phases,
          control: {
            ...control,
            activate: (feed) => {
              active = feed
              control.activate(feed)
            }
          },
          onRecord,
          onRefused: (id, code) => end(id, { type: "refused", code }),
          onEntrance: (opened) => {
            entrance = opened
          }
        })
      )
    ).pipe(
      Effect.ensuring(
        Effect.sync(() => {
          entrance = undefined
          for (const id of waiting.keys()) end(id, { type: "stopped" })
        })
      ),
      Effect.andThen(Effect.never)
    )
  const feedSwitch: FeedSwitch = {
    feeds: names,
    active: () => active,
    isHeld: () => held,
    isRunning: () => entrance !== undefined,
    refusal: (ask) => (entrance === undefined ? "SWITCH_BUSY" : entrance.refusal(ask)),
    request: (ask) => {
      if (entrance === undefined) return Effect.succeed({ type: "stopped" })
      const ended = Deferred.makeUnsafe<SwitchOutcome>()
      waiting.set(ask.id, ended)
      entrance.ask(ask)
      return Deferred.await(ended)
    },
    hold: (on) => {
      held = on
      entrance?.hold(on)
    }
  }
  let repairs = 0
  return {
    ...feedSwitch,
    body,
    /** Looks at the feeds now: a session that changed need not wait for the next look. */
    look: () => entrance?.look(),
    /**
     * Rung of the repair ladder of `feed`: leaves it when it is the active one. Returns why not; undefined: requested.
     */
    leave: (feed: string): string | undefined => {
      if (feed !== active) return `feed ${feed} is not the active one`
      const ask = { to: feed === names[0] ? names[1] : names[0], cause: "repair", force: false } as const
      const refused = feedSwitch.refusal(ask)
      if (refused !== undefined) return `a switch to ${ask.to} is refused: ${refused}`
      entrance?.ask({ ...ask, id: `repair-${++repairs}` })
      return undefined
    },
    records: () => tracker.records(),
    status: (): FailoverMessage => {
      const state = states.failover?.state ?? "not started"
      return {
        mode: settings.mode,
        feeds: names,
        active,
        state,
        switching_to: entrance?.context().pending?.to ?? null,
        held,
        required: requiredIn.has(state),
        switches: tracker.counts(),
        last_failover: newest.failover === undefined ? null : switchMessage(newest.failover),
        last_failback: newest.failback === undefined ? null : switchMessage(newest.failback)
      }
    }
  }
}
