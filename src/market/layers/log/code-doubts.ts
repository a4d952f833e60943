import { codeDoubt } from "../../../kernel/instrument/code-doubt.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import type { DaemonLog } from "./daemon-log.ts"

/** Names in one line; more are counted. */
const namedMax = 50

/**
 * One WARNING with the names of wanted codes that no exchange is known to use: a front acknowledges them all the same,
 * and nothing but the missing ticks shows it. To be called before they are asked for. True when it wrote one.
 */
export const warnOfCodes = (
  ids: ReadonlyArray<string>,
  directory: Pick<InstrumentDirectory, "contractOf">,
  log: Pick<DaemonLog, "write">
): boolean => {
  const doubts = ids.flatMap((id) => {
    const doubt = directory.contractOf(id) === undefined ? codeDoubt(id) : undefined
    return doubt === undefined ? [] : [{ id, doubt }]
  })
  if (doubts.length === 0) return false
  const shown = doubts.slice(0, namedMax)
  const more = doubts.length > shown.length ? ` and ${doubts.length - shown.length} more` : ""
  const words = shown.map(({ doubt, id }) => `${id} (${doubt})`).join(", ")
  log.write("WARNING", `no exchange is known to use these wanted codes, no tick may ever come: ${words}${more}`, {
    event: "codes_doubted",
    count: doubts.length,
    instruments: shown.map(({ id }) => id)
  })
  return true
}
