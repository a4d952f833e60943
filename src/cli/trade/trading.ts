import { Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"
import { exitCodes } from "../../platform/process/user-error.ts"
import { tradingCommands } from "../../protocol/trading/commands.ts"
import type { TradingStatusMessage } from "../../protocol/trading/daemon-messages.ts"
import { render as renderCommands } from "../commands.ts"
import { endWith, present } from "../invocation.ts"
import { levelArgument } from "../log-level.ts"
import { renderStates } from "../state.ts"
import { ageText, renderTree } from "../tree.ts"
import { TradeClient } from "./trade-client.ts"
import {
  askFlags,
  commandFlags,
  confirmed,
  doneText,
  optional,
  pairsText,
  reasonedFlags,
  withClient,
  yesFlag
} from "./trade-verb.ts"

export const renderTradingStatus = (now: TradingStatusMessage): string => {
  const { book, venue } = now
  const mode = now.trade_mode === "dry" ? "dry: nothing leaves" : now.armed ? "live, armed" : "live, not armed"
  return [
    pairsText([
      [now.instance, now.ready ? "ready" : "not ready"],
      ["mode", `${mode}, trading day ${now.trading_day}`],
      ["gate", `kill switch ${now.kill_switch}, breaker ${now.breaker}, reconciliation ${now.reconciliation}`],
      ["venue", venue.stopped ?? (venue.listening ? "updates are received" : "updates are not received")],
      [
        "book",
        book === null
          ? "does not answer"
          : `${book.working} working, ${book.unconfirmed} unconfirmed, ${book.positions} positions, ${book.outbox} events wait`
      ],
      ["limits", `version ${now.limits_version}`],
      ["quarantined", now.quarantined.join(" ")],
      ["stopped strategies", now.stopped_strategies.join(" ")],
      ["up", ageText(now.uptime_ms)]
    ]),
    ...now.reasons.map((reason) => `not ready: ${reason}`)
  ].join("\n")
}

/** Exit code 1 while an entry would not leave. */
const status = Command.make("status", askFlags, ({ json }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).ask(tradingCommands.status, {})
    yield* present(json, reply, renderTradingStatus, ({ ready }) => (ready ? "" : "tickd breaker status"))
    if (!reply.ready) yield* endWith(exitCodes.checkFailed)
  })
).pipe(withClient, Command.withDescription("Show how it stands and why no entry would leave. Exit code 1 then"))

const tree = Command.make("tree", askFlags, ({ json }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).ask(tradingCommands.tree, {})
    yield* present(json, reply, renderTree)
  })
).pipe(withClient, Command.withDescription("Show its supervision tree"))

const actorArgument = Argument.String("actor").pipe(
  Argument.withDescription("Machine (default: all)"),
  Argument.optional
)
const state = Command.make("state", { actor: actorArgument, ...askFlags }, ({ actor, json }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).ask(tradingCommands.state, optional("actor", actor))
    yield* present(json, Option.isSome(actor) && json ? reply.actors[0] : reply, (_, screen) =>
      renderStates(reply, screen)
    )
  })
).pipe(withClient, Command.withDescription("Show where each of its machines stands"))

const commands = Command.make("commands", askFlags, ({ json }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).ask(tradingCommands.commands, {})
    yield* present(json, reply, renderCommands)
  })
).pipe(withClient, Command.withDescription("Show what it answers"))

const config = Command.make("config", askFlags, ({ json }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).ask(tradingCommands.config, {})
    yield* present(json, reply, (found) => pairsText(Object.entries(found)))
  })
).pipe(withClient, Command.withDescription("Show how it is set: mode, venue, version; no secret"))

const initialise = Command.make("initialise", { yes: yesFlag, ...reasonedFlags }, ({ json, reason, yes }) =>
  Effect.gen(function* () {
    yield* confirmed(yes, "create the records of the kill switch and the breaker where they are missing, both open")
    const reply = yield* (yield* TradeClient).command(tradingCommands.initialise, {}, reason)
    yield* present(json, reply, doneText, () => "tickd trading status")
  })
).pipe(
  withClient,
  Command.withDescription("Create the records of kill switch and breaker where they are missing; audited")
)

const logLevel = Command.make("log-level", { level: levelArgument, ...commandFlags }, ({ json, level, reason }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).command(tradingCommands["log-level"], { level }, reason)
    yield* present(json, reply, doneText)
  })
).pipe(withClient, Command.withDescription("Set the lowest level that its log writes; audited"))

const childArgument = Argument.String("child").pipe(Argument.withDescription("Path as 'tickd trading tree' shows it"))
const restart = Command.make("restart", { child: childArgument, ...commandFlags }, ({ child, json, reason }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).command(tradingCommands.restart, { child }, reason)
    yield* present(json, reply, doneText, () => "tickd trading tree")
  })
).pipe(withClient, Command.withDescription("Stop a child of its tree and start it again; audited"))

const drain = Command.make("drain", commandFlags, ({ json, reason }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).command(tradingCommands.drain, {}, reason)
    yield* present(json, reply, doneText)
  })
).pipe(withClient, Command.withDescription("End it as SIGTERM does. What works at the venue goes on there; audited"))

/** `tickd trading`: a running trading daemon itself. */
export const command = Command.make("trading").pipe(
  Command.withDescription(
    "A running trading daemon: status, tree, state, config, commands, initialise, log-level, restart, drain"
  ),
  Command.withSubcommands([status, tree, state, config, commands, initialise, logLevel, restart, drain])
)
