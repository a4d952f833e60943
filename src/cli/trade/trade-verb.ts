import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import type { DaemonTarget } from "../daemon/daemon-target.ts"
import { instanceFlag, jsonFlag, reasonFlag, serverFlag } from "../terminal/flags.ts"
import { aligned } from "../terminal/layout.ts"
import { TradeClient } from "./trade-client.ts"

/** Flags of every question to a trading daemon. */
export const askFlags = { json: jsonFlag, server: serverFlag, instance: instanceFlag }
/** Flags of a command that may have a reason. */
export const commandFlags = { ...askFlags, reason: reasonFlag }
/** Flags of a command that must have one. */
export const reasonedFlags = {
  ...askFlags,
  reason: Flag.String("reason").pipe(Flag.withDescription("Why, for the audit and the journal"))
}

/** Flag of a command that opens or moves something: without it nothing is sent. */
export const yesFlag = Flag.Boolean("yes").pipe(
  Flag.withDescription("Carry it out; without it only what would be done is printed"),
  Flag.withDefault(false)
)

/** Refuses what was not confirmed. `what`: the end of the sentence `this would …`. */
export const confirmed = (yes: boolean, what: string) =>
  yes
    ? Effect.void
    : Effect.fail(
        new UserError({
          code: "NOT_CONFIRMED",
          exitCode: exitCodes.wrongUse,
          message: `Nothing was done: this would ${what}. Repeat the command with --yes to do it.`
        })
      )

/** A verb, or the parent of verbs, with the client of its daemon. */
export const withClient = <Name extends string, Input extends DaemonTarget, E, R>(
  command: Command.Command<Name, Input, object, E, R>
) => Command.provide(command, (target) => TradeClient.layer(target))

export const optional = <Name extends string, A>(name: Name, value: Option.Option<A>) =>
  (Option.isSome(value) ? { [name]: value.value } : {}) as { readonly [Key in Name]?: A }

/** `done [audit id]`. */
export const doneText = ({ done, id }: { readonly done: string; readonly id: string }): string =>
  `${done} [audit ${id}]`

/** Rows with aligned columns under their headings; `none` when there are no rows. */
export const tableText = (
  headings: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  none: string,
  right: ReadonlyArray<number> = []
): string => (rows.length === 0 ? none : aligned([headings, ...rows], right).join("\n"))

/** Pairs, one a line; those without a value are left out. */
export const pairsText = (
  pairs: ReadonlyArray<readonly [name: string, value: string | number | boolean | null]>
): string =>
  aligned(
    pairs.filter(([, value]) => value !== null && value !== "").map(([name, value]) => [name, String(value)])
  ).join("\n")

export const secondsOf = (time: string | null): string =>
  time === null ? "" : `${time.slice(0, 10)} ${time.slice(11, 19)}`
