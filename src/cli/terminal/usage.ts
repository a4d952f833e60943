import { Console, Layer, Option } from "effect"
import { CliConfig, CliOutput, GlobalFlag, type HelpDoc } from "effect/cli"
import { type HelpFlag, type HelpPage, helpText, summaryOf } from "./help-text.ts"

/** The parser's error on one line. The parser puts its suggestions in a list below the error. */
const onOneLine = (text: string): string => {
  const [what = "", suggested] = text.split(/\s*Did you mean this\?\s*/)
  const sentence = what.replace(/\s+/g, " ").trim()
  return suggested === undefined ? sentence : `${sentence}. Did you mean ${suggested.trim().split(/\s+/).join(" or ")}?`
}

/**
 * Wrong use prints one line: the reason and the command for help. The whole help text would hide the reason.
 */
const presenter = CliOutput.layerPresenter({
  present: (event) => {
    if (event._tag !== "InvalidInvocation") return CliOutput.defaultPresenter.present(event)
    const reasons = event.errors.map(({ message }) => onOneLine(message).replace(/\.$/, "")).join("; ")
    return Console.error(
      `tickd: ${reasons}${reasons.endsWith("?") ? "" : "."} See '${event.commandPath.join(" ")} --help'. [WRONG_USE]`
    )
  }
})

const textOf = (text: Option.Option<string>): string => Option.getOrElse(text, () => "")
const flagOf = ({ aliases, description, name, type }: HelpDoc.FlagDoc): HelpFlag => ({
  name,
  aliases,
  type,
  text: textOf(description)
})

/** The parser's own description of a verb as a page. */
const pageOf = (doc: HelpDoc.HelpDoc): HelpPage => ({
  description: doc.description,
  usage: doc.usage,
  isProgram: (doc.commandPath?.length ?? 1) <= 1,
  groups: (doc.subcommands ?? []).map(({ commands, group }) => ({
    group: group ?? "Verbs",
    verbs: commands.map(({ description, name, shortDescription }) => ({
      name,
      text: shortDescription ?? summaryOf(description)
    }))
  })),
  arguments: (doc.args ?? []).map(({ description, name, required, variadic }) => ({
    name: `${name}${variadic ? "…" : ""}`,
    text: `${textOf(description)}${required ? " (required)" : ""}`
  })),
  flags: doc.flags.map(flagOf),
  commonFlags: (doc.globalFlags ?? []).map(flagOf)
})

const formatter = (columns: number) =>
  CliOutput.layer({
    ...CliOutput.defaultFormatter({ colors: false }),
    formatHelpDoc: (doc) => helpText(pageOf(doc), columns)
  })

/** The parser's own flags that have an effect here. `run` has a `--log-level` of its own. */
const config = CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })

/** How the parser prints help and wrong use on a terminal of `columns`. */
export const usageLayer = (columns: number) => Layer.mergeAll(presenter, formatter(columns), config)
