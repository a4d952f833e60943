import { Console, Layer } from "effect"
import { CliConfig, CliOutput, GlobalFlag } from "effect/cli"
import { helpText } from "./help-text.ts"

/** The parser's sentence on one line; what it suggests is set below it in a list. */
const onOneLine = (text: string): string => {
  const [what = "", suggested] = text.split(/\s*Did you mean this\?\s*/)
  const sentence = what.replace(/\s+/g, " ").trim()
  return suggested === undefined ? sentence : `${sentence}. Did you mean ${suggested.trim().split(/\s+/).join(" or ")}?`
}

/**
 * Wrong use is answered with its sentence and where the help is, not with the whole help in front of it: on a screen of
 * flags the reason is what nobody finds.
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

const formatter = CliOutput.layer({
  ...CliOutput.defaultFormatter({ colors: false }),
  formatHelpDoc: (doc) => helpText(doc, process.stdout.columns ?? 80)
})

/** Of the parser's own flags, those that have an effect here: where the log of `run` begins is a flag of that verb. */
const config = CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })

export const usageLayer = Layer.mergeAll(presenter, formatter, config)
