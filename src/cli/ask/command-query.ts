import { readFileSync } from "node:fs"
import { hostname, userInfo } from "node:os"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Option } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import type { RequestedBy } from "../../protocol/control/command.ts"
import { FailoverReply, type FailoverRequest } from "../../protocol/market/failover.ts"
import {
  ActiveReply,
  type ActiveRequest,
  CommandReply,
  pageMax,
  type SubscriptionMessage,
  SymbolsReply,
  type SymbolsRequest,
  symbolsMax,
  waitMsMax
} from "../../protocol/market/subscriptions.ts"
import type { CommandRequest } from "../commands.ts"
import type { FailoverQuery } from "../failover.ts"
import type { SubscriptionsFound, SubscriptionsQuery, SymbolsQuery } from "../subscriptions.ts"
import { askDaemon, openQuestion, resolveInstance } from "./state-query.ts"

/** Who sits at this terminal: the NATS user when there is one, else the one of this machine. */
export const whoAsks = (): RequestedBy => ({
  user: (process.env["NATS_USER"] ?? userInfo().username).slice(0, 128),
  host: hostname().slice(0, 128),
  client: "tickd cli"
})

const reasonOf = (reason: Option.Option<string>) => (Option.isSome(reason) ? { reason: reason.value } : {})
/** A child may take its whole deadline to stop, and then has to start. */
const commandReplyMs = 60_000

/** `tickd restart|log-level|retry|refresh-contracts|failover-hold|failover-release|drain`. */
export const sendCommand = ({ fields, reason, verb, ...query }: CommandRequest) =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* openQuestion(query.server)
      const instance = yield* resolveInstance(connection, query)
      const request = { ...fields, ...reasonOf(reason), by: whoAsks() }
      return yield* askDaemon(connection, instance, verb, request, CommandReply, commandReplyMs)
    })
  )

/** `tickd failover|failback`. */
export const sendFailover = ({ drill, force, reason, verb, waitMs, ...query }: FailoverQuery) =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* openQuestion(query.server)
      const instance = yield* resolveInstance(connection, query)
      const request: FailoverRequest = {
        ...(waitMs > 0 && { wait_ms: Math.round(Math.min(waitMs, waitMsMax)) }),
        ...(force && { force }),
        ...(drill && { drill }),
        ...reasonOf(reason),
        by: whoAsks()
      }
      return yield* askDaemon(connection, instance, verb, request, FailoverReply, commandReplyMs + waitMs)
    })
  )

const linesOf = (file: string) =>
  Effect.try({
    try: () =>
      readFileSync(file === "-" ? 0 : file, "utf8")
        .split("\n")
        .map((line) => line.replace(/#.*/, "").trim())
        .filter((line) => line !== ""),
    catch: (cause) =>
      new UserError({
        code: "SYMBOLS_UNREADABLE",
        message: `The list of symbols ${file} cannot be read (${errorText(cause)}): name a text file with one symbol a line that this user may read, or - for stdin.`,
        exitCode: exitCodes.badInput
      })
  })

/** `tickd subscribe|unsubscribe|resubscribe`. */
export const sendSymbols = ({ feed, file, reason, symbols, verb, waitMs, ...query }: SymbolsQuery) =>
  Effect.scoped(
    Effect.gen(function* () {
      const listed = Option.isSome(file) ? yield* linesOf(file.value) : []
      const all = [...symbols, ...listed]
      if (all.length === 0) {
        return yield* new UserError({
          code: "WRONG_USE",
          message: `No symbol is named: use 'tickd ${verb} rb2701 IF2612', or --file.`,
          exitCode: exitCodes.wrongUse
        })
      }
      if (all.length > symbolsMax) {
        return yield* new UserError({
          code: "TOO_MANY_SYMBOLS",
          message: `${all.length} symbols are named and ${symbolsMax} fit into one command: nothing was sent; give several commands.`,
          exitCode: exitCodes.badInput
        })
      }
      const connection = yield* openQuestion(query.server)
      const instance = yield* resolveInstance(connection, query)
      const wait = Math.round(Option.getOrElse(waitMs, () => 0))
      const request: SymbolsRequest = {
        symbols: all,
        ...(Option.isSome(feed) && { feed: feed.value }),
        ...(wait > 0 && verb !== "unsubscribe" && { wait_ms: wait }),
        ...reasonOf(reason),
        by: whoAsks()
      }
      return yield* askDaemon(connection, instance, verb, request, SymbolsReply, commandReplyMs + wait)
    })
  )

const page = (connection: NatsConnection, instance: string, request: ActiveRequest) =>
  askDaemon(connection, instance, "subscriptions", request, ActiveReply)

/** `tickd subscriptions`: asks page by page until everything, or as many as wanted, is here. */
export const askSubscriptions = ({ feed, limit, state, ...query }: SubscriptionsQuery) =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* openQuestion(query.server)
      const instance = yield* resolveInstance(connection, query)
      const most = Option.getOrElse(limit, () => Number.POSITIVE_INFINITY)
      const subscriptions: Array<SubscriptionMessage> = []
      let cursor: string | undefined
      for (;;) {
        const reply: ActiveReply = yield* page(connection, instance, {
          limit: Math.min(pageMax, most - subscriptions.length),
          ...(Option.isSome(feed) && { feed: feed.value }),
          ...(Option.isSome(state) && { state: state.value }),
          ...(cursor !== undefined && { cursor })
        })
        for (const record of reply.subscriptions) if (typeof record !== "string") subscriptions.push(record)
        cursor = reply.next_cursor ?? undefined
        if (cursor === undefined || subscriptions.length >= most) {
          return { instance, total: reply.total, subscriptions } satisfies SubscriptionsFound
        }
      }
    })
  )
