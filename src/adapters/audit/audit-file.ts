import { appendFileSync, mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { AuditError, type AuditLog } from "../../ports/outbound/audit-log.ts"

/**
 * An append-only file, a line each, readable by its owner only. It is opened anew for each line, so a rotation or a new
 * mount takes effect; lines are rare, and each is on the disk before the call returns.
 */
export const makeAuditFile = (path: string): AuditLog => ({
  append: (line) => {
    try {
      mkdirSync(dirname(path), { recursive: true })
      appendFileSync(path, `${line}\n`, { mode: 0o600, flush: true })
    } catch (cause) {
      throw new AuditError({
        message: `The audit file ${path} cannot be written (${cause instanceof Error ? cause.message : String(cause)}): make room there or let this user write it.`
      })
    }
  }
})
