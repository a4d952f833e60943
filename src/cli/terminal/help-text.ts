import { Option } from "effect"
import type { HelpDoc } from "effect/cli"

const widest = 80
const indent = 2
const gap = 2
/** A name that is longer has its text on the next line. */
const longestName = 26

/** Lines of at most `width` characters; a word is never broken. */
const wrapped = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of text.split(/\s+/).filter((each) => each !== "")) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Names on the left, their texts wrapped beside them. */
const table = (
  rows: ReadonlyArray<readonly [name: string, text: string]>,
  width: number,
  longest = Math.max(0, ...rows.map(([name]) => name.length))
): ReadonlyArray<string> => {
  const left = Math.min(longestName, longest)
  const margin = " ".repeat(indent + left + gap)
  return rows.flatMap(([name, text]) => {
    const [first = "", ...more] = wrapped(text, width - margin.length)
    const rest = more.map((line) => margin + line)
    const head = `${" ".repeat(indent)}${name}`
    return name.length > left
      ? [head, `${margin}${first}`, ...rest]
      : [`${head.padEnd(margin.length)}${first}`.trimEnd(), ...rest]
  })
}

/** What a value is, in the place where it is written: `--from live|snapshot`, `--count N`. */
const valueWords: Readonly<Record<string, string>> = { string: "TEXT", integer: "N", number: "NUMBER", float: "NUMBER" }
const choicesEnd = / \(choices: ([^()]*)\)$/

const flagRow = ({ name, aliases, type, description }: HelpDoc.FlagDoc): readonly [string, string] => {
  const text = Option.getOrElse(description, () => "")
  const choices = choicesEnd.exec(text)?.[1]?.split(", ").join("|")
  const value = type === "boolean" ? "" : ` ${choices ?? valueWords[type] ?? type}`
  const short = aliases.map((alias) => `, ${alias}`).join("")
  return [`--${name}${value}${short}`, text.replace(choicesEnd, "")]
}

/** The first sentence, or the part before its colon, says enough in a list of verbs. */
const shortOf = ({ shortDescription, description }: HelpDoc.SubcommandDoc): string =>
  shortDescription ?? /^.*?(?=\. |; |: |$)/s.exec(description)?.[0] ?? description

/** The help of a verb for a terminal of `columns`, 80 at most: verbs in groups, no word broken, every default and choice. */
export const helpText = (doc: HelpDoc.HelpDoc, columns: number): string => {
  const width = Math.max(40, Math.min(widest, columns))
  const section = (title: string, lines: ReadonlyArray<string>) => (lines.length === 0 ? [] : ["", title, ...lines])
  const isRoot = (doc.commandPath?.length ?? 1) <= 1
  const global = doc.globalFlags ?? []
  const groups = doc.subcommands ?? []
  const longest = Math.max(0, ...groups.flatMap(({ commands }) => commands.map(({ name }) => name.length)))
  return [
    ...wrapped(doc.description, width),
    ...section("Usage", [`  ${doc.usage}`]),
    ...groups.flatMap(({ group, commands }) =>
      section(
        group ?? "Verbs",
        table(
          commands.map((command) => [command.name, shortOf(command)]),
          width,
          longest
        )
      )
    ),
    ...section(
      "Arguments",
      table(
        (doc.args ?? []).map(({ name, variadic, required, description }) => [
          `${name}${variadic ? "…" : ""}`,
          `${Option.getOrElse(description, () => "")}${required ? " (required)" : ""}`
        ]),
        width
      )
    ),
    ...section("Flags", table(doc.flags.map(flagRow), width)),
    ...(isRoot
      ? section("Flags of every verb", table(global.map(flagRow), width))
      : section(
          "Flags of every verb",
          wrapped(`${global.map(({ name }) => `--${name}`).join(", ")}: see 'tickd --help'`, width - indent).map(
            (line) => `  ${line}`
          )
        )),
    ...(isRoot
      ? [
          "",
          ...wrapped(
            "'tickd VERB --help' shows the flags of a verb; docs/reference/cli.md has all of it, and the variables of the environment.",
            width
          )
        ]
      : [])
  ].join("\n")
}
