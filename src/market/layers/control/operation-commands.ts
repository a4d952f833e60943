import { errorText } from "../../../kernel/error-text.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { ControlError } from "../../../protocol/control/control.ts"
import {
  ChildRequest,
  type CommandReply,
  FeedRequest,
  LevelRequest,
  PlainRequest
} from "../../../protocol/market/subscriptions.ts"
import type { Operations } from "../../ports/operations.ts"
import type { Command, Performed } from "./command-handler.ts"
import { refreshedMessage, refreshedWords } from "./refresh-command.ts"

/** Children that the answer travels over: the connection of the control plane, and the server where it is embedded. */
const carriers: ReadonlySet<string> = new Set(["root/journal", "root/broker"])

/** The children that an operator means: the whole path, as `tree` counts it, or an id that the tree may show. */
const childrenNamed = (name: string, paths: ReadonlyArray<string>): ReadonlyArray<string> =>
  paths.includes(name) ? [name] : paths.filter((path) => path.endsWith(`/${name}`))

/** The commands that concern the process itself: a child of the tree, its log, its end. */
export const makeOperationCommands = (options: {
  readonly instance: string
  readonly operations: Operations
  readonly children: () => ReadonlyArray<string>
  readonly nowMs: () => number
  /** Runs what an answer must not wait for, a moment later. */
  readonly later: (run: () => void) => void
  /** A restart that was answered before it was done has failed. */
  readonly onLateFailure: (child: string, why: string) => void
}) => {
  const { instance, operations, nowMs } = options
  const performed = (id: string, done: string, more: Pick<CommandReply, "refreshed"> = {}): Performed => {
    const reply: CommandReply = { version: 1, instance, id, at: shanghaiIso(nowMs()), done, ...more }
    return { reply, told: done }
  }
  const restart: Command<typeof ChildRequest> = {
    verb: "restart",
    schema: ChildRequest,
    refusal: ({ child }) => {
      const known = options.children()
      const found = childrenNamed(child, known)
      if (found.length === 1) return undefined
      return new ControlError({
        code: "UNKNOWN_CHILD",
        message:
          found.length > 1
            ? `${instance} has several children named ${child}: name one of ${found.join(", ")}.`
            : `${instance} has no child ${JSON.stringify(child)}: it has ${known.join(", ")}.`
      })
    },
    perform: ({ child: name }, id) => {
      const [child = name] = childrenNamed(name, options.children())
      if (carriers.has(child)) {
        options.later(() => {
          operations.restartChild(child).catch((cause: unknown) => options.onLateFailure(child, errorText(cause)))
        })
        return performed(id, `${child} is stopped and started again now: the answer would not outlive it`)
      }
      return operations.restartChild(child).then(
        () => performed(id, `${child} was stopped and serves again`),
        (cause: unknown) => {
          throw new ControlError({ code: "NOT_NOW", message: `${child} was not restarted: ${errorText(cause)}` })
        }
      )
    }
  }
  const logLevel: Command<typeof LevelRequest> = {
    verb: "log-level",
    emergency: true,
    schema: LevelRequest,
    perform: ({ level }, id) => {
      operations.setLogLevel(level)
      return performed(id, `the log begins at ${level} until the daemon ends`)
    }
  }
  const retry: Command<typeof FeedRequest> = {
    verb: "retry",
    emergency: true,
    schema: FeedRequest,
    refusal: ({ feed }) => {
      const known = operations.feeds()
      if (known.includes(feed)) return undefined
      return new ControlError({
        code: "UNKNOWN_FEED",
        message: `${instance} has no feed ${JSON.stringify(feed)}: it has ${known.join(", ")}.`
      })
    },
    perform: ({ feed }, id) => {
      try {
        const password = operations.retrySession(feed)
        return performed(id, `the session of ${feed} tries again now, with ${password}`)
      } catch (cause) {
        throw new ControlError({ code: "NOT_NOW", message: errorText(cause) })
      }
    }
  }
  const drain: Command<typeof PlainRequest> = {
    verb: "drain",
    emergency: true,
    schema: PlainRequest,
    perform: (_request, id) => {
      operations.drain()
      return performed(id, `${instance} drains and ends`)
    }
  }
  const contractsRefresh: Command<typeof PlainRequest> = {
    verb: "contracts-refresh",
    schema: PlainRequest,
    refusal: () =>
      operations.refreshContracts === undefined
        ? new ControlError({
            code: "NOT_NOW",
            message: `${instance} has no source of contracts to ask: set TICKD_CONTRACTS, or a trader front, and start it again.`
          })
        : undefined,
    perform: async (_request, id) => {
      try {
        const refreshed = await operations.refreshContracts?.()
        if (refreshed === undefined) throw new Error("there is no source to ask")
        return performed(id, refreshedWords(refreshed), { refreshed: refreshedMessage(refreshed) })
      } catch (cause) {
        throw new ControlError({ code: "NOT_NOW", message: `The contracts were not refreshed: ${errorText(cause)}` })
      }
    }
  }
  return { restart, logLevel, retry, drain, contractsRefresh }
}
