import { Clock, Effect, Option } from "effect"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import type { CommandHandler, HandlersOf } from "../../../platform/control/command-table.ts"
import { controlError, refuse } from "../../../protocol/control/control.ts"
import type { marketCommands } from "../../../protocol/market/commands.ts"
import type { FailoverReply, FailoverRequest } from "../../../protocol/market/failover.ts"
import type { CommandReply } from "../../../protocol/market/subscriptions.ts"
import type { FeedSwitch, SwitchOutcome } from "../../ports/feed-switch.ts"
import { refusalSentence, switchMessage, switchSentence } from "./failover-words.ts"

type SwitchHandler = CommandHandler<typeof marketCommands.failover>
type HoldHandler = CommandHandler<(typeof marketCommands)["failover-hold"]>
type FailoverCommands = Pick<
  HandlersOf<typeof marketCommands>,
  "failover" | "failback" | "failover-hold" | "failover-release"
>

/** The commands about which feed is active: `failover`, `failback`, and the hold that forbids automatic switches. */
export const makeFailoverCommands = (options: {
  readonly instance: string
  /** Undefined: the daemon has one feed. */
  readonly feedSwitch: FeedSwitch | undefined
}): FailoverCommands => {
  const { instance } = options
  const running = Effect.gen(function* () {
    const { feedSwitch } = options
    if (feedSwitch === undefined) {
      return yield* refuse(
        "NO_SECOND_FEED",
        `${instance} has one feed: set the variables CTP_BACKUP_* (demo: --feeds 2) and start it again to have a second one.`
      )
    }
    if (feedSwitch.isRunning()) return feedSwitch
    return yield* refuse("NOT_NOW", `The failover of ${instance} is being restarted: ask again in a moment.`)
  })
  const performed = (feedSwitch: FeedSwitch, id: string, done: string, outcome?: SwitchOutcome) =>
    Effect.map(Clock.currentTimeMillis, (nowMs) => {
      const record = outcome?.type === "ended" ? outcome.record : undefined
      const reply: FailoverReply = {
        version: 1,
        instance,
        id,
        at: shanghaiIso(nowMs),
        done,
        active: feedSwitch.active(),
        switch: record === undefined ? null : switchMessage(record)
      }
      return { reply, done }
    })
  const ended = (feedSwitch: FeedSwitch, id: string, to: string, outcome: SwitchOutcome) => {
    if (outcome.type === "refused") return Effect.fail(controlError(outcome.code, refusalSentence(outcome.code, to)))
    if (outcome.type === "stopped") {
      return refuse("STOPPING", `The failover of ${instance} stopped before ${to} was active.`)
    }
    const { record } = outcome
    const sentence = switchSentence(record)
    // A command for the feed that is active still cancels a pending switch to the other one: it did what it was to do.
    if (record.result === "committed" || record.to !== to) return performed(feedSwitch, id, sentence, outcome)
    return record.result === "rolled_back"
      ? refuse("SWITCH_ROLLED_BACK", `${sentence}.`)
      : refuse("SWITCH_CANCELLED", `${sentence}.`)
  }
  const switchTo =
    (index: 0 | 1): SwitchHandler =>
    (request: FailoverRequest, id) =>
      Effect.gen(function* () {
        const feedSwitch = yield* running
        const to = feedSwitch.feeds[index]
        const cause = request.drill === true ? ("drill" as const) : ("manual" as const)
        const ask = { to, cause, force: request.force === true }
        const refused = feedSwitch.refusal(ask)
        if (refused !== undefined) return yield* Effect.fail(controlError(refused, refusalSentence(refused, to)))
        return Effect.gen(function* () {
          const end = feedSwitch.request({ ...ask, id })
          const waitMs = request.wait_ms ?? 0
          const begun = `the switch to ${to} is requested, it commits on the first valid tick of ${to}`
          if (waitMs === 0) return yield* performed(feedSwitch, id, begun)
          const outcome = yield* Effect.timeoutOption(end, waitMs)
          return Option.isNone(outcome)
            ? yield* performed(feedSwitch, id, `${begun}; none came within ${waitMs} ms`)
            : yield* ended(feedSwitch, id, to, outcome.value)
        })
      })
  const holdCommand =
    (held: boolean): HoldHandler =>
    (_request, id) =>
      Effect.map(running, (feedSwitch) =>
        Effect.map(Clock.currentTimeMillis, (nowMs) => {
          feedSwitch.hold(held)
          const done = held
            ? `${feedSwitch.active()} stays active: no automatic switch until 'tickd failover-release'`
            : "the hold is released: automatic switches again"
          const reply: CommandReply = { version: 1, instance, id, at: shanghaiIso(nowMs), done }
          return { reply, done }
        })
      )
  return {
    failover: switchTo(1),
    failback: switchTo(0),
    "failover-hold": holdCommand(true),
    "failover-release": holdCommand(false)
  }
}
