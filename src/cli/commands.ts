import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import type { CommandReply } from "../protocol/market/subscriptions.ts"
import type { DaemonQuery } from "./state.ts"
import { instanceFlag, jsonFlag, serverFlag } from "./terminal/flags.ts"

/** A command to a running daemon; `fields` are the verb's own. */
export interface CommandRequest extends DaemonQuery {
  readonly verb:
    | "restart"
    | "log-level"
    | "retry"
    | "contracts-refresh"
    | "failover-hold"
    | "failover-release"
    | "drain"
  readonly fields: Readonly<Record<string, string>>
  readonly reason: Option.Option<string>
}

export const reasonFlag = Flag.String("reason").pipe(Flag.withDescription("Why, for the audit"), Flag.optional)
const common = { reason: reasonFlag, json: jsonFlag, server: serverFlag, instance: instanceFlag }

type Send<E, R> = (command: CommandRequest) => Effect.Effect<CommandReply, E, R>
const answered = <E, R>(reply: Effect.Effect<CommandReply, E, R>, json: boolean) =>
  Effect.flatMap(reply, (told) => Console.log(json ? JSON.stringify(told) : `${told.done} [audit ${told.id}]`))

/** `tickd restart`: stops a child of a running daemon's tree and starts it again. */
export const restartCommand = <E, R>(send: Send<E, R>) =>
  Command.make(
    "restart",
    {
      child: Argument.String("child").pipe(
        Argument.withDescription("Path as 'tickd tree' shows it, e.g. front-primary/feed-worker")
      ),
      ...common
    },
    ({ child, json, ...query }) => answered(send({ ...query, verb: "restart", fields: { child } }), json)
  ).pipe(Command.withDescription("Stop a child of a running daemon's tree and start it again; audited"))

const levelNames = ["DEBUG", "INFO", "WARNING", "ERROR"] as const

/** `tickd log-level`: where the log of a running daemon begins. */
export const logLevelCommand = <E, R>(send: Send<E, R>) =>
  Command.make(
    "log-level",
    {
      level: Argument.String("level").pipe(
        Argument.withDescription("debug, info, warning or error"),
        Argument.filterMap(
          (text) => Option.fromUndefinedOr(levelNames.find((name) => name === text.toUpperCase())),
          () => "Expected debug, info, warning or error"
        )
      ),
      ...common
    },
    ({ json, level, ...query }) => answered(send({ ...query, verb: "log-level", fields: { level } }), json)
  ).pipe(Command.withDescription("Set where the log of a running daemon begins, until it ends; audited"))

/** `tickd retry`: the session of a feed that waits, is rejected or failed tries again now. */
export const retryCommand = <E, R>(send: Send<E, R>) =>
  Command.make(
    "retry",
    {
      feed: Flag.String("feed").pipe(Flag.withDescription("Which feed: primary or backup")),
      ...common
    },
    ({ feed, json, ...query }) => answered(send({ ...query, verb: "retry", fields: { feed } }), json)
  ).pipe(
    Command.withDescription(
      "Make the session of a feed that waits, is rejected or failed try again now, with the password its file holds; audited"
    )
  )

/** `tickd refresh-contracts`: a running daemon asks the sources of its catalogue now. */
export const refreshContractsCommand = <E, R>(send: Send<E, R>) =>
  Command.make("refresh-contracts", common, ({ json, ...query }) =>
    answered(send({ ...query, verb: "contracts-refresh", fields: {} }), json)
  ).pipe(Command.withDescription("Have a running daemon ask the sources of its contract catalogue now; audited"))

/** `tickd failover-hold`: the active feed stays the active one. */
export const failoverHoldCommand = <E, R>(send: Send<E, R>) =>
  Command.make("failover-hold", common, ({ json, ...query }) =>
    answered(send({ ...query, verb: "failover-hold", fields: {} }), json)
  ).pipe(Command.withDescription("Keep the active feed: no switch by itself until the hold is released; audited"))

/** `tickd failover-release`: ends that hold. */
export const failoverReleaseCommand = <E, R>(send: Send<E, R>) =>
  Command.make("failover-release", common, ({ json, ...query }) =>
    answered(send({ ...query, verb: "failover-release", fields: {} }), json)
  ).pipe(Command.withDescription("End a hold: switches of the feed by themselves again; audited"))

/** `tickd drain`: ends a running daemon as SIGTERM does. */
export const drainCommand = <E, R>(send: Send<E, R>) =>
  Command.make("drain", common, ({ json, ...query }) =>
    answered(send({ ...query, verb: "drain", fields: {} }), json)
  ).pipe(Command.withDescription("End a running daemon as SIGTERM does: everything received is stored first; audited"))
