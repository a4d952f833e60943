// Nothing is imported: the list of verbs is printed without loading a library.

/** A flag, an argument or a verb with its text. */
interface HelpRow {
  readonly name: string
  readonly text: string
}

export interface HelpFlag extends HelpRow {
  readonly aliases: ReadonlyArray<string>
  /** `boolean` for one without a value, else what a value is. */
  readonly type: string
}

/** What the help of a verb, or of the program, consists of. */
export interface HelpPage {
  readonly description: string
  readonly usage: string
  /** The program itself and not a verb of it. */
  readonly isProgram: boolean
  readonly groups: ReadonlyArray<{ readonly group: string; readonly verbs: ReadonlyArray<HelpRow> }>
  readonly arguments: ReadonlyArray<HelpRow>
  readonly flags: ReadonlyArray<HelpFlag>
  /** Flags that every verb has. */
  readonly commonFlags: ReadonlyArray<HelpFlag>
}

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

const flagRow = ({ aliases, name, text, type }: HelpFlag): readonly [string, string] => {
  const choices = choicesEnd.exec(text)?.[1]?.split(", ").join("|")
  const value = type === "boolean" ? "" : ` ${choices ?? valueWords[type] ?? type}`
  const short = aliases.map((alias) => `, ${alias}`).join("")
  return [`--${name}${value}${short}`, text.replace(choicesEnd, "")]
}

/** The first sentence, or the part before its colon, says enough in a list of verbs. */
export const summaryOf = (description: string): string => /^.*?(?=\. |; |: |$)/s.exec(description)?.[0] ?? description

/** Flags of every verb. A test compares them with those of the parser. */
export const commonFlags: ReadonlyArray<HelpFlag> = [
  { name: "help", aliases: ["-h"], type: "boolean", text: "Show help information" },
  { name: "version", aliases: ["-v"], type: "boolean", text: "Show version information" },
  { name: "completions", aliases: [], type: "bash|zsh|fish|powershell|sh|pwsh", text: "Print shell completion script" },
  {
    name: "context",
    aliases: [],
    type: "string",
    text: "Server and credentials from a context of the nats command, by its name"
  }
]

/** Sentences are wrapped. Lines below them that have two columns, two blanks apart, are a table. */
const described = (description: string, width: number): ReadonlyArray<string> => {
  const rows: Array<readonly [name: string, text: string]> = []
  const sentences = description.split("\n").filter((line) => {
    const [, name, text] = /^\s*(\S.*?) {2,}(.*)$/.exec(line) ?? []
    if (name !== undefined) rows.push([name, text ?? ""])
    return name === undefined
  })
  return [...wrapped(sentences.join(" "), width), ...table(rows, width)]
}

/**
 * The help of a verb for a terminal of `columns`, 80 at most: verbs in groups, no word broken, every default and
 * choice.
 */
export const helpText = (page: HelpPage, columns: number): string => {
  const width = Math.max(40, Math.min(widest, columns))
  const section = (title: string, lines: ReadonlyArray<string>) => (lines.length === 0 ? [] : ["", title, ...lines])
  const longest = Math.max(0, ...page.groups.flatMap(({ verbs }) => verbs.map(({ name }) => name.length)))
  const common = page.commonFlags.map(({ name }) => `--${name}`).join(", ")
  return [
    ...described(page.description, width),
    ...section("Usage", [`  ${page.usage}`]),
    ...page.groups.flatMap(({ group, verbs }) =>
      section(
        group,
        table(
          verbs.map(({ name, text }) => [name, text]),
          width,
          longest
        )
      )
    ),
    ...section(
      "Arguments",
      table(
        page.arguments.map(({ name, text }) => [name, text]),
        width
      )
    ),
    ...section("Flags", table(page.flags.map(flagRow), width)),
    ...section(
      "Flags of every verb",
      page.isProgram
        ? table(page.commonFlags.map(flagRow), width)
        : wrapped(`${common}: see 'tickd --help'`, width - indent).map((line) => `  ${line}`)
    ),
    ...(page.isProgram
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
