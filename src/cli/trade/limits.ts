import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { tradingCommands } from "../../protocol/trading/commands.ts"
import type { LimitsHistoryReply, LimitsReply } from "../../protocol/trading/limit-messages.ts"
import { present } from "../invocation.ts"
import { wholeFlag } from "../terminal/flags.ts"
import { historyFlags } from "./kill-switch.ts"
import { TradeClient } from "./trade-client.ts"
import {
  askFlags,
  confirmed,
  doneText,
  optional,
  pairsText,
  reasonedFlags,
  secondsOf,
  tableText,
  withClient,
  yesFlag
} from "./trade-verb.ts"

const valueText = (value: string | number | ReadonlyArray<string>): string =>
  typeof value === "object" ? value.join(" ") || "none" : String(value)

export const renderLimits = (reply: LimitsReply): string => {
  const overrides = Object.entries(reply.symbol_overrides).map(
    ([symbol, own]) =>
      `${symbol}: ${Object.entries(own)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ")}`
  )
  const changed =
    reply.changed_by === null
      ? "never changed"
      : `by ${reply.changed_by} at ${secondsOf(reply.changed_at)}: ${reply.change_reason}`
  return [
    `limits version ${reply.limits_version}, ${changed}`,
    pairsText(Object.entries(reply.limits).map(([name, value]) => [name, valueText(value)])),
    ...overrides,
    ...(reply.stopped_strategies.length === 0 ? [] : [`stopped strategies: ${reply.stopped_strategies.join(", ")}`])
  ].join("\n")
}

const renderChanges = ({ entries }: LimitsHistoryReply): string =>
  tableText(
    ["AT (UTC)", "WHAT", "VERSION", "BY", "CHANGED", "REASON"],
    entries.map(({ act, at, by, changed, limits_version, reason, strategy_id }) => [
      secondsOf(at),
      strategy_id === null ? act : `${act} ${strategy_id}`,
      String(limits_version),
      by,
      changed.join(" ") || "-",
      reason
    ]),
    "nothing in the journal",
    [2]
  )

const show = Command.make("show", askFlags, ({ json }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).ask(tradingCommands.limits, {})
    yield* present(json, reply, renderLimits)
  })
).pipe(withClient, Command.withDescription("Show all limits of the gate, their version, and who changed them last"))

const pairForm = /^([a-z_]+)=(.*)$/s
const fatFingerNames: ReadonlySet<string> = new Set(["max_notional", "max_qty", "max_adv_pct"])
const wrong = (message: string) =>
  Effect.fail(new UserError({ code: "WRONG_USE", exitCode: exitCodes.wrongUse, message }))

/** `position_qty=500`: what the value must be is the daemon's to say. A list is separated by commas. */
const fieldsOf = Effect.fnUntraced(function* (pairs: ReadonlyArray<string>) {
  const fields: Record<string, unknown> = {}
  for (const pair of pairs) {
    const [, name = "", value = ""] = pairForm.exec(pair) ?? []
    if (name === "") return yield* wrong(`${JSON.stringify(pair)} is no NAME=VALUE, such as position_qty=500.`)
    if (name in fields) return yield* wrong(`${name} is named twice.`)
    if (name === "blacklist") fields[name] = value.split(",").filter((symbol) => symbol !== "")
    else fields[name] = /_ms(_max)?$|^orders_|^repeated_/.test(name) && /^\d+$/.test(value) ? Number(value) : value
  }
  return fields
})

const pairsArgument = Argument.String("pair").pipe(
  Argument.withDescription("NAME=VALUE, e.g. position_qty=500; names as 'tickd limits show' prints them"),
  Argument.variadic({ min: 1 })
)
const versionFlag = wholeFlag("version-is", 0, 1_000_000_000).pipe(
  Flag.withDescription("Refused when the limits have another version"),
  Flag.optional
)

const set = Command.make(
  "set",
  { pairs: pairsArgument, versionIs: versionFlag, yes: yesFlag, ...reasonedFlags },
  ({ json, pairs, reason, versionIs, yes }) =>
    Effect.gen(function* () {
      const fields = yield* fieldsOf(pairs)
      yield* confirmed(yes, `set ${pairs.join(" ")}`)
      const sent = { ...fields, ...optional("version", versionIs) }
      const reply = yield* (yield* TradeClient).command(tradingCommands["limits-change"], sent, reason)
      yield* present(json, reply, doneText, () => "tickd limits show")
    })
).pipe(withClient, Command.withDescription("Change limits of the gate. Each change is a new version; audited"))

const fatFinger = Command.make(
  "fat-finger",
  {
    pairs: pairsArgument,
    symbol: Flag.String("symbol").pipe(Flag.withDescription("Of this symbol only (default: of all)"), Flag.optional),
    yes: yesFlag,
    ...reasonedFlags
  },
  ({ json, pairs, reason, symbol, yes }) =>
    Effect.gen(function* () {
      const fields = yield* fieldsOf(pairs)
      const other = Object.keys(fields).find((name) => !fatFingerNames.has(name))
      if (other !== undefined) return yield* wrong(`${other} is no threshold: use ${[...fatFingerNames].join(", ")}.`)
      yield* confirmed(yes, `set ${pairs.join(" ")}`)
      const sent =
        symbol._tag === "Some"
          ? { symbol_overrides: { [symbol.value.toUpperCase()]: fields } }
          : { default_thresholds: fields }
      const reply = yield* (yield* TradeClient).command(tradingCommands["fat-finger-change"], sent, reason)
      yield* present(json, reply, doneText, () => "tickd limits show")
    })
).pipe(
  withClient,
  Command.withDescription(
    "Change fat-finger thresholds: max_notional, max_qty, max_adv_pct, of all or of one symbol; audited"
  )
)

const release = Command.make(
  "release",
  { strategy: Argument.String("strategy").pipe(Argument.withDescription("A stopped strategy")), ...reasonedFlags },
  ({ json, reason, strategy }) =>
    Effect.gen(function* () {
      const fields = { strategy_id: strategy }
      const reply = yield* (yield* TradeClient).command(tradingCommands["strategy-release"], fields, reason)
      yield* present(json, reply, doneText)
    })
).pipe(withClient, Command.withDescription("Let a strategy that the throttle stopped send entries again; audited"))

const history = Command.make("history", historyFlags, ({ json, limit }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).ask(tradingCommands["limits-history"], { limit })
    yield* present(json, reply, renderChanges)
  })
).pipe(withClient, Command.withDescription("Show changes of limits and stops of strategies, newest first"))

/** `tickd limits`: the limits of the gate of a running trading daemon. */
export const command = Command.make("limits").pipe(
  Command.withDescription("Limits of the gate of trading: show, set, fat-finger, release, history"),
  Command.withSubcommands([show, set, fatFinger, release, history])
)
