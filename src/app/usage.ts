import { Console } from "effect"
import { CliOutput } from "effect/cli"

const onOneLine = (text: string): string => text.replace(/\s+/g, " ").trim()

/**
 * Wrong use is answered with its sentence and where the help is, not with the whole help in front of it: on a screen of
 * flags the reason is what nobody finds.
 */
export const usageLayer = CliOutput.layerPresenter({
  present: (event) => {
    if (event._tag !== "InvalidInvocation") return CliOutput.defaultPresenter.present(event)
    const reasons = event.errors.map(({ message }) => onOneLine(message).replace(/\.$/, "")).join("; ")
    return Console.error(`tickd: ${reasons}. See '${event.commandPath.join(" ")} --help'. [WRONG_USE]`)
  }
})
