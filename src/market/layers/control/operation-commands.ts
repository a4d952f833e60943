import { Clock, Effect } from "effect"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import type { CommandHandler, HandlersOf } from "../../../platform/control/command-table.ts"
import { controlError, refuse } from "../../../protocol/control/control.ts"
import type { marketCommands } from "../../../protocol/market/commands.ts"
import { type CommandReply, type LoginReloadReply, loginWaitMsDefault } from "../../../protocol/market/subscriptions.ts"
import type { LoginReloadError, OperationRefused, Operations } from "../../ports/operations.ts"
import { refreshedMessage, refreshedWords } from "./refresh-command.ts"
import { knownFeed } from "./unknown-feed.ts"

/** Children that the reply travels over: the connection of the control plane, and the server where it is embedded. */
const carriers: ReadonlySet<string> = new Set(["root/journal", "root/broker"])

/** Pause before a carrier is restarted; the reply is with the server long before. */
const replyAheadMs = 200

/** The children that a name means: the whole path, as `tree` counts it, or an id that the tree may show. */
const childrenNamed = (name: string, paths: ReadonlyArray<string>): ReadonlyArray<string> =>
  paths.includes(name) ? [name] : paths.filter((path) => path.endsWith(`/${name}`))

type OperationCommands = Pick<
  HandlersOf<typeof marketCommands>,
  "restart" | "log-level" | "retry" | "login-reload" | "drain" | "contracts-refresh"
>

/** The commands that concern the process itself: a child of the tree, its log, its end. */
export const makeOperationCommands = (options: {
  readonly instance: string
  readonly operations: Operations
  readonly children: () => ReadonlyArray<string>
  /** A restart that was answered before it was done has failed. */
  readonly onLateFailure: (child: string, why: string) => void
}): OperationCommands => {
  const { instance, operations } = options
  const performed = (id: string, done: string, more: Pick<CommandReply, "refreshed"> = {}) =>
    Effect.map(Clock.currentTimeMillis, (nowMs) => {
      const reply: CommandReply = { version: 1, instance, id, at: shanghaiIso(nowMs), done, ...more }
      return { reply, done }
    })
  const notNow =
    (what: string) =>
    ({ message }: OperationRefused) =>
      controlError("NOT_NOW", `${what}${message}`)

  const reloadFailed = ({ code, message }: LoginReloadError) => controlError(code, message)

  const restart: CommandHandler<typeof marketCommands.restart> = ({ child: name }, id) => {
    const known = options.children()
    const [child, ...others] = childrenNamed(name, known)
    if (child === undefined) {
      return refuse("UNKNOWN_CHILD", `${instance} has no child ${JSON.stringify(name)}: it has ${known.join(", ")}.`)
    }
    if (others.length > 0) {
      return refuse(
        "UNKNOWN_CHILD",
        `${instance} has several children named ${name}: name one of ${[child, ...others].join(", ")}.`
      )
    }
    const again = operations.restartChild(child)
    if (!carriers.has(child)) {
      return Effect.succeed(
        again.pipe(
          Effect.mapError(notNow(`${child} was not restarted: `)),
          Effect.andThen(performed(id, `${child} was stopped and serves again`))
        )
      )
    }
    const afterwards = Effect.sleep(replyAheadMs).pipe(
      Effect.andThen(again),
      Effect.catch(({ message }) => Effect.sync(() => options.onLateFailure(child, message)))
    )
    const begun = performed(id, `${child} is stopped and started again now: the answer would not outlive it`)
    return Effect.succeed(Effect.map(begun, (answer) => ({ ...answer, afterwards })))
  }
  return {
    restart,
    "log-level": ({ level }, id) =>
      Effect.succeed(
        Effect.suspend(() => {
          operations.setLogLevel(level)
          return performed(id, `the log begins at ${level} until the daemon ends`)
        })
      ),
    retry: ({ feed }, id) =>
      Effect.as(
        knownFeed(instance, operations.feeds(), feed),
        operations.retrySession(feed).pipe(
          Effect.mapError(notNow("")),
          Effect.flatMap((password) => performed(id, `the session of ${feed} tries again now, with ${password}`))
        )
      ),
    "login-reload": ({ feed, force = false, wait_ms: limitMs = loginWaitMsDefault }, id) =>
      Effect.gen(function* () {
        yield* knownFeed(instance, operations.feeds(), feed)
        const act = yield* operations.reloadLogin({ feed, force, limitMs }).pipe(Effect.mapError(reloadFailed))
        return Effect.gen(function* () {
          const { result, tookMs } = yield* act.pipe(Effect.mapError(reloadFailed))
          const done =
            result === "unchanged"
              ? `the session of ${feed} is logged in with the secret of its file already: nothing was done`
              : `the session of ${feed} is logged in with the new secret, after ${tookMs} ms`
          const at = shanghaiIso(yield* Clock.currentTimeMillis)
          const reply: LoginReloadReply = { version: 1, instance, id, at, done, feed, result, took_ms: tookMs }
          return { reply, done }
        })
      }),
    drain: (_request, id) =>
      Effect.succeed(
        Effect.suspend(() => {
          operations.drain()
          return performed(id, `${instance} drains and ends`)
        })
      ),
    "contracts-refresh": (_request, id) =>
      operations.refreshContracts === undefined
        ? refuse(
            "NOT_NOW",
            `${instance} has no source of contracts to ask: set TICKD_CONTRACTS, or a trader front, and start it again.`
          )
        : Effect.succeed(
            operations.refreshContracts.pipe(
              Effect.mapError(notNow("The contracts were not refreshed: ")),
              Effect.flatMap((refreshed) =>
                performed(id, refreshedWords(refreshed), { refreshed: refreshedMessage(refreshed) })
              )
            )
          )
  }
}
