import type { Effect } from "effect"
import type { CommandSpec } from "../../protocol/control/command-spec.ts"
import type { ControlErrorOf } from "../../protocol/control/control.ts"

/** The specs of a role by their names. */
export type CommandSpecs = Readonly<Record<string, CommandSpec>>

type ErrorOf<Spec extends CommandSpec> = ControlErrorOf<Spec["codes"][number]>

/** What a command came to. */
export interface Performed<Reply = unknown> {
  readonly reply: Reply
  /** One sentence for the audit. */
  readonly done: string
  /** Runs after the reply was sent: what would cut the reply off. It handles its own errors. */
  readonly afterwards?: Effect.Effect<void>
}

/** Answers a query. */
export type QueryHandler<Spec extends CommandSpec = CommandSpec> = (
  request: Spec["request"]["Type"]
) => Effect.Effect<Spec["reply"]["Type"], ErrorOf<Spec>>

/**
 * Carries out a command in two steps. The outer effect checks and changes nothing: a failure is a refusal. It succeeds
 * with the effect that acts, which runs once the audit holds that the command was accepted. `id` names the command in
 * the audit.
 */
export type CommandHandler<Spec extends CommandSpec = CommandSpec> = (
  request: Spec["request"]["Type"],
  id: string
) => Effect.Effect<Effect.Effect<Performed<Spec["reply"]["Type"]>, ErrorOf<Spec>>, ErrorOf<Spec>>

/**
 * A handler for each entry of a table: a missing one, or one that fails with a code its entry does not list, does not
 * compile.
 */
export type HandlersOf<Specs extends CommandSpecs> = {
  readonly [Name in keyof Specs]: Specs[Name]["mutating"] extends true
    ? CommandHandler<Specs[Name]>
    : QueryHandler<Specs[Name]>
}
