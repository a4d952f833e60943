import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { exitCodes } from "../../platform/process/user-error.ts"
import { tradingCommands } from "../../protocol/trading/commands.ts"
import type { KillSwitchMessage, SafetyHistoryReply } from "../../protocol/trading/safety-control.ts"
import { endWith, present } from "../invocation.ts"
import { shownDefault, wholeFlag } from "../terminal/flags.ts"
import { TradeClient } from "./trade-client.ts"
import {
  askFlags,
  confirmed,
  doneText,
  pairsText,
  reasonedFlags,
  secondsOf,
  tableText,
  withClient,
  yesFlag
} from "./trade-verb.ts"

const scopeText = { entries: "entries: exits and cancels pass", all: "all: only cancels pass" }

export const renderKillSwitch = (now: KillSwitchMessage): string =>
  pairsText([
    ["kill switch", now.state],
    ["engaged for", now.state === "ENGAGED" && now.scope !== null ? scopeText[now.scope] : null],
    ["by", now.engaged_by ?? now.disengaged_by],
    ["at (UTC)", secondsOf(now.engaged_at ?? now.disengaged_at)],
    ["reason", now.engagement_reason ?? now.disengagement_reason],
    ["engaged today", now.engagement_count_today],
    ["why not known", now.cause]
  ])

export const renderHistory = ({ entries }: SafetyHistoryReply): string =>
  tableText(
    ["AT (UTC)", "COMMAND", "STEP", "SCOPE", "BY", "REASON", "DETAILS"],
    entries.map(({ at, by, command, details, reason, scope, step }) => [
      secondsOf(at),
      command,
      step,
      scope,
      by,
      reason,
      details
    ]),
    "nothing in the journal"
  )

export const historyFlags = {
  limit: wholeFlag("limit", 1, 1000).pipe(shownDefault("Most rows", 20)),
  ...askFlags
}

/** Exit code 1 unless it is ACTIVE. */
const status = Command.make("status", askFlags, ({ json }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).ask(tradingCommands["kill-switch-status"], {})
    yield* present(json, reply, renderKillSwitch)
    if (reply.state !== "ACTIVE") yield* endWith(exitCodes.checkFailed)
  })
).pipe(withClient, Command.withDescription("Show the kill switch. Exit code 1 unless it is ACTIVE"))

const engage = Command.make(
  "engage",
  {
    scope: Flag.Literals("scope", ["entries", "all"]).pipe(
      shownDefault("entries: exits and cancels pass; all: only cancels pass", "entries")
    ),
    ...reasonedFlags
  },
  ({ json, reason, scope }) =>
    Effect.gen(function* () {
      const reply = yield* (yield* TradeClient).command(tradingCommands["kill-switch-engage"], { scope }, reason)
      yield* present(json, reply, doneText, () => "tickd order list --working")
    })
).pipe(withClient, Command.withDescription("Stop trading on every host and cancel working orders; audited"))

const disengage = Command.make("disengage", { yes: yesFlag, ...reasonedFlags }, ({ json, reason, yes }) =>
  Effect.gen(function* () {
    yield* confirmed(yes, "allow trading again on every host")
    const reply = yield* (yield* TradeClient).command(tradingCommands["kill-switch-disengage"], {}, reason)
    yield* present(json, reply, doneText, () => "tickd trading status")
  })
).pipe(withClient, Command.withDescription("Allow trading again. Needs a reason of at least 20 characters; audited"))

const history = Command.make("history", historyFlags, ({ json, limit }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).ask(tradingCommands["kill-switch-history"], { limit })
    yield* present(json, reply, renderHistory)
  })
).pipe(withClient, Command.withDescription("Show who engaged and disengaged it, newest first"))

/** `tickd kill-switch`: stops trading on every host. */
export const command = Command.make("kill-switch").pipe(
  Command.withDescription("The kill switch of trading: status, engage, disengage, history"),
  Command.withSubcommands([status, engage, disengage, history])
)
