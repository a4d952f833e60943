import { Clock, Effect } from "effect"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import type { HandlersOf } from "../../../platform/control/command-table.ts"
import { makeDaemonCommands } from "../../../platform/control/daemon-commands.ts"
import { controlError, refuse } from "../../../protocol/control/control.ts"
import type { marketCommands } from "../../../protocol/market/commands.ts"
import { type CommandReply, type LoginReloadReply, loginWaitMsDefault } from "../../../protocol/market/subscriptions.ts"
import type { LoginReloadError, OperationRefused, Operations } from "../../ports/operations.ts"
import { refreshedMessage, refreshedWords } from "./refresh-command.ts"
import { knownFeed } from "./unknown-feed.ts"

/** Children that the reply travels over: the connection of the control plane, and the server where it is embedded. */
const carriers: ReadonlySet<string> = new Set(["root/journal", "root/broker"])

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
  const process = makeDaemonCommands({
    instance,
    timeText: shanghaiIso,
    children: options.children,
    carriers,
    restartChild: operations.restartChild,
    onLateFailure: options.onLateFailure,
    setLogLevel: operations.setLogLevel,
    drain: operations.drain
  })
  const performed = (id: string, done: string, more: Pick<CommandReply, "refreshed"> = {}) =>
    Effect.map(process.performed(id, done), ({ reply }) => ({ reply: { ...reply, ...more }, done }))
  const notNow =
    (what: string) =>
    ({ message }: OperationRefused) =>
      controlError("NOT_NOW", `${what}${message}`)

  const reloadFailed = ({ code, message }: LoginReloadError) => controlError(code, message)

  return {
    restart: process.restart,
    "log-level": process["log-level"],
    drain: process.drain,
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
