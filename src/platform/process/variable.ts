import type { Schema } from "effect"
import type { Bilingual } from "../../kernel/bilingual.ts"
import { maskAccount } from "../../kernel/instrument/account-mask.ts"
import { publicUrl } from "../../protocol/control/public-url.ts"

/**
 * Declaration of environment variables. Each context declares its own table; `src/app/env/` puts the tables together.
 * Example file, reference page, `tickd env` and the search for misspelt names all come from these tables.
 */

/** What a program is started for: on a developer's machine, on a real market, or without any front (mock). */
export const profiles = ["dev", "live", "mock"] as const
export type Profile = (typeof profiles)[number]

/** What is said about a variable. Its name is its key in the table of its section. */
export interface VariableText extends Bilingual {
  /** The default as it would be written in an env file. */
  readonly preset?: string
  /** The default in words, where it is computed. */
  readonly derived?: Bilingual
  /** `ms`, `s`, `hours`, `bytes`, `ticks` and so on; omit for texts and flags. */
  readonly unit?: string
  readonly example?: string
  /**
   * How it is shown. `value`: never. `account`: masked. `url`: without user and password. Omit to show it as it is.
   */
  readonly secret?: "value" | "account" | "url"
  /**
   * The variable names a file with a secret. A systemd credential of this name (`LoadCredential=NAME:PATH`) goes before
   * it.
   */
  readonly credential?: string
  /** Profiles that cannot start without it. A secret may come from its file instead. */
  readonly requiredBy?: ReadonlyArray<Profile>
  /** Other names that are read too. */
  readonly aliases?: ReadonlyArray<string>
  /** The line in the example file is set; the others begin with `#`. */
  readonly isSetInExample?: true
  /** First version that reads it; omit for the first one. */
  readonly since?: string
}

export interface VariableSection<Names extends string = string> {
  readonly title: Bilingual
  /** Path below `docs/` of the page that explains it. */
  readonly page?: string
  /** Whether the example file has these variables. Those of other programs and of tests do not belong there. */
  readonly isInExample: boolean
  readonly variables: Readonly<Record<Names, VariableText>>
  /** Schemas of the values, where the context has no check of its own for all of its variables together. */
  readonly fields?: Readonly<Partial<Record<Names, Schema.Decoder<unknown>>>>
}

export interface Variable extends VariableText {
  readonly name: string
  readonly section: VariableSection
  readonly since: string
}

/** Keeps the literal names of a section, so that a table can be compared with a schema by the compiler. */
export const variableSection = <Names extends string>(section: VariableSection<Names>): VariableSection<Names> =>
  section

const firstVersion = "0.1.0"

/** The variables of some sections, in their order. */
export const variablesOf = (sections: ReadonlyArray<VariableSection>): ReadonlyArray<Variable> =>
  sections.flatMap((section) =>
    Object.entries(section.variables).map(([name, text]) => ({ since: firstVersion, ...text, name, section }))
  )

/** A value as it may be shown. A variable that is not declared may hold anything, so its value is hidden. */
export const shownValue = (variable: Variable | undefined, value: string): string => {
  if (value === "") return ""
  if (variable === undefined || variable.secret === "value") return "***"
  if (variable.secret === "account") return maskAccount(value)
  return variable.secret === "url" ? publicUrl(value) : value
}
