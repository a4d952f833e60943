import { join } from "node:path"
import { Effect, Option } from "effect"
import { errorText } from "../kernel/error-text.ts"
import { readChainLine, verifyChain } from "../platform/audit/audit-chain.ts"
import { readAuditLines, reserveOf } from "../platform/audit/audit-file.ts"
import { readReserve } from "../platform/audit/audit-reserve.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import type { AuditLine } from "../protocol/control/command.ts"
import type { AuditFound, AuditQuery } from "./audit.ts"

/** Reads the audit of this machine's daemon. A broken chain is shown, and sets exit code 1 for the end of the process. */
export const readAudit = Effect.fnUntraced(function* (query: AuditQuery) {
  const file = Option.getOrElse(query.file, () => join(process.env["TICKD_STATE_DIR"] ?? ".state", "audit.jsonl"))
  const lines = yield* Effect.try({
    try: () => readAuditLines(file),
    catch: (cause) =>
      new UserError({
        code: "AUDIT_UNREADABLE",
        message: `The audit file ${file} cannot be read (${errorText(cause)}): name it with --file, or read it as its owner.`,
        exitCode: exitCodes.badInput
      })
  })
  if (lines.length === 0 && readReserve(reserveOf(file)).length === 0) {
    return yield* new UserError({
      code: "AUDIT_EMPTY",
      message: `There is no audit in ${file}: name the file with --file, or set TICKD_STATE_DIR as the daemon has it; 'tickd history audit' reads the commands from NATS.`,
      exitCode: exitCodes.badInput
    })
  }
  const chain = verifyChain(lines)
  const wanted = Option.getOrUndefined(query.expect)
  const heads = wanted === undefined ? [] : lines.flatMap((line) => readChainLine(line)?.hash ?? [])
  const cutOff =
    chain.broken === undefined && wanted !== undefined && !heads.includes(wanted)
      ? { line: lines.length + 1, why: `no entry has the hash ${wanted}: the end of the file was cut off` }
      : undefined
  const broken = chain.broken ?? cutOff
  if (broken !== undefined) process.exitCode = exitCodes.checkFailed
  const shown = lines.flatMap((line): ReadonlyArray<AuditLine> => {
    const read = readChainLine(line)
    return read === undefined ? [] : [read]
  })
  const missing = readReserve(reserveOf(file)).length
  return { file, ...chain, missing, broken, shown: shown.slice(-query.last) } satisfies AuditFound
})
