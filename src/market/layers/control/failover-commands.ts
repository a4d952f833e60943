import type { SwitchAsk } from "../../../kernel/feed-switch.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { ControlError } from "../../../protocol/control/control.ts"
import { type FailoverReply, FailoverRequest } from "../../../protocol/market/failover.ts"
import { type CommandReply, PlainRequest } from "../../../protocol/market/subscriptions.ts"
import type { FeedSwitch, SwitchOutcome } from "../../ports/feed-switch.ts"
import type { Command, Performed } from "./command-handler.ts"
import { refusalSentence, switchMessage, switchSentence } from "./failover-words.ts"

/** The requests about which feed is active: `failover`, `failback`, and the hold that forbids switches by themselves. */
export const makeFailoverCommands = (options: {
  readonly instance: string
  /** Undefined: the daemon has one feed. */
  readonly feedSwitch: FeedSwitch | undefined
  readonly nowMs: () => number
  readonly sleep: (ms: number) => Promise<void>
}) => {
  const { feedSwitch, instance, nowMs } = options
  const unable = (): ControlError | undefined => {
    if (feedSwitch === undefined) {
      return new ControlError({
        code: "NO_SECOND_FEED",
        message: `${instance} has one feed: set the variables CTP_BACKUP_* (demo: --feeds 2) and start it again to have a second one.`
      })
    }
    if (feedSwitch.isRunning()) return undefined
    return new ControlError({
      code: "NOT_NOW",
      message: `The failover of ${instance} is being restarted: ask again in a moment.`
    })
  }
  const askOf = (kind: "failover" | "failback", { drill, force }: FailoverRequest): Omit<SwitchAsk, "id"> => ({
    to: feedSwitch?.feeds[kind === "failover" ? 1 : 0] ?? "",
    cause: drill === true ? "drill" : "manual",
    force: force === true
  })
  const told = (id: string, done: string, outcome?: SwitchOutcome): Performed => {
    const record = outcome?.type === "ended" ? outcome.record : undefined
    const reply: FailoverReply = {
      version: 1,
      instance,
      id,
      at: shanghaiIso(nowMs()),
      done,
      active: feedSwitch?.active() ?? "",
      switch: record === undefined ? null : switchMessage(record)
    }
    return { reply, told: done }
  }
  const performedOf = (id: string, { to }: { readonly to: string }, outcome: SwitchOutcome): Performed => {
    if (outcome.type === "refused") {
      throw new ControlError({ code: outcome.code, message: refusalSentence(outcome.code, to) })
    }
    if (outcome.type === "stopped") {
      throw new ControlError({
        code: "STOPPING",
        message: `The failover of ${instance} stopped before ${to} was active.`
      })
    }
    const { record } = outcome
    const sentence = switchSentence(record)
    // A command for the feed that is active still takes another one back: that is what was to be done.
    if (record.result === "committed" || record.to !== to) return told(id, sentence, outcome)
    throw new ControlError({
      code: record.result === "rolled_back" ? "SWITCH_ROLLED_BACK" : "SWITCH_CANCELLED",
      message: `${sentence}.`
    })
  }
  const switchTo = (kind: "failover" | "failback"): Command<typeof FailoverRequest> => ({
    verb: kind,
    emergency: true,
    schema: FailoverRequest,
    refusal: (request) => {
      const error = unable()
      if (error !== undefined) return error
      const ask = askOf(kind, request)
      const code = feedSwitch?.refusal(ask)
      return code === undefined ? undefined : new ControlError({ code, message: refusalSentence(code, ask.to) })
    },
    perform: (request, id) => {
      if (feedSwitch === undefined) throw unable() ?? new Error("there is no second feed")
      const ask = askOf(kind, request)
      const outcome = feedSwitch.request({ ...ask, id })
      const waitMs = request.wait_ms ?? 0
      const begun = `the switch to ${ask.to} is requested, it commits on the first valid tick of ${ask.to}`
      if (waitMs === 0) return told(id, begun)
      return Promise.race([outcome, options.sleep(waitMs)]).then((ended) =>
        ended === undefined ? told(id, `${begun}; none came within ${waitMs} ms`) : performedOf(id, ask, ended)
      )
    }
  })
  const holdCommand = (verb: "failover-hold" | "failover-release"): Command<typeof PlainRequest> => ({
    verb,
    schema: PlainRequest,
    refusal: unable,
    perform: (_request, id) => {
      const held = verb === "failover-hold"
      feedSwitch?.hold(held)
      const done = held
        ? `${feedSwitch?.active()} stays active: no switch by itself until 'tickd failover-release'`
        : "the hold is released: switches by themselves again"
      const reply: CommandReply = { version: 1, instance, id, at: shanghaiIso(nowMs()), done }
      return { reply, told: done }
    }
  })
  return {
    failover: switchTo("failover"),
    failback: switchTo("failback"),
    hold: holdCommand("failover-hold"),
    release: holdCommand("failover-release")
  }
}
