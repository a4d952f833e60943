import { errorText } from "../../../kernel/error-text.ts"
import type { SpoolUnusedMessage } from "../../../protocol/market/status.ts"
import { lookAtSpool } from "../../adapters/spool/look-at-spool.ts"
import type { DaemonLog } from "../log/daemon-log.ts"

/**
 * Looks once, at a start without a spool, whether an earlier run left ticks in `folder`: they stay unsent, and only the
 * log and the status say so. Undefined: there are none, or there is a spool (`folder` undefined).
 */
export const lookAtUnusedSpool = (
  folder: string | undefined,
  log: Pick<DaemonLog, "write">
): SpoolUnusedMessage | undefined => {
  if (folder === undefined) return undefined
  try {
    const { ticks, bytes } = lookAtSpool(folder)
    if (ticks === 0) return undefined
    log.write(
      "WARNING",
      `${ticks} ticks of an earlier run wait in the spool in ${folder} and stay unsent with TICK_SPOOL_MAX_MB=0: start once with a bound above 0 until md_spool_ticks is 0, or delete the folder and lose them`,
      { event: "spool_unused", folder, ticks, bytes }
    )
    return { folder, ticks, bytes }
  } catch (cause) {
    // Without a spool the line does not need the folder: no reason to end a start.
    log.write(
      "WARNING",
      `the spool in ${folder} cannot be read (${errorText(cause)}), so it is unknown whether ticks of an earlier run wait there: give this user the right to read it, or name another TICK_SPOOL_DIR`,
      { event: "spool_unused", folder }
    )
    return undefined
  }
}
