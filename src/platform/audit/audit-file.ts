import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import { Effect } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { cureOf, isMissing } from "../../kernel/system-fault.ts"
import type { AuditEntry } from "../../protocol/control/command.ts"
import { type ChainEnd, chainLine, emptyChain, readChainLine } from "./audit-chain.ts"
import { AuditError, type AuditLog } from "./audit-log.ts"
import { makeAuditReserve } from "./audit-reserve.ts"

/** Lines of an audit file; empty when there is no file. Throws the system's error. */
export const readAuditLines = (path: string): ReadonlyArray<string> => {
  let text = ""
  try {
    text = readFileSync(path, "utf8")
  } catch (cause) {
    if (!isMissing(cause)) throw cause
  }
  const lines = text.split("\n")
  if (lines.at(-1) === "") lines.pop()
  return lines
}

interface Opened {
  readonly end: ChainEnd
  /** Text behind the last intact line: its writer died while writing it. */
  readonly torn: string | undefined
  readonly endsInLine: boolean
}

const endOf = (path: string): Opened => {
  const lines = readAuditLines(path)
  let whole = lines.length
  let end: ChainEnd = emptyChain
  while (whole > 0) {
    const read = readChainLine(lines[whole - 1] as string)
    if (read !== undefined) {
      end = read
      break
    }
    whole--
  }
  const loose = lines.slice(whole)
  if (loose.length === 0) return { end, torn: undefined, endsInLine: false }
  // The file may end within a line. The next line must not be appended to it.
  return { end, torn: loose.join("\n"), endsInLine: !readFileSync(path, "utf8").endsWith("\n") }
}

/** The audit file, and the entries that it is missing. */
export interface AuditFile extends AuditLog<AuditEntry> {
  /** Stores an entry that could not be written to the file. True: it is on disk in the reserve. */
  readonly keepAside: (entry: AuditEntry) => boolean
  /** Number of entries missing in the file. */
  readonly missing: () => number
  /** Writes the missing entries to the file. */
  readonly writeMissing: Effect.Effect<void, AuditError>
}

/** The daemon holds the end of its own chain, so verbs write to a chain of their own, one at a time. */
export const operationsAudit = "audit-operations.jsonl"

/** Path of the reserve of an audit file. */
export const reserveOf = (path: string): string => `${path}.reserve`

/**
 * An append-only, hash-chained file, one line for each entry, readable by its owner only. The first entry continues
 * the chain of the existing file. Each entry is on disk before `append` succeeds. Entries are rare.
 */
export const makeAuditFile = (path: string): AuditFile => {
  const reserve = makeAuditReserve(reserveOf(path))
  let end: ChainEnd | undefined
  let torn: string | undefined
  const open = (): string => {
    if (end !== undefined) return ""
    const opened = endOf(path)
    end = opened.end
    torn = opened.torn
    return opened.endsInLine ? "\n" : ""
  }
  const put = (entry: AuditEntry): string => {
    mkdirSync(dirname(path), { recursive: true })
    const lead = open()
    const next = chainLine(entry, end ?? emptyChain, torn)
    const file = openSync(path, "a", 0o600)
    try {
      const bytes = Buffer.from(`${lead}${next.line}\n`)
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    end = next.end
    torn = undefined
    return next.end.hash
  }
  const write = (entry: AuditEntry): Effect.Effect<string, AuditError> =>
    Effect.try({
      try: () => put(entry),
      catch: (cause) => {
        // It is not known what reached the file: the next entry reads it again.
        end = undefined
        const cure = cureOf(cause, "let this user write it")
        return new AuditError({ message: `The audit file ${path} cannot be written (${errorText(cause)}): ${cure}.` })
      }
    })
  /** Entries of an outage are written first, in sequence. Each written entry is removed from the reserve at once. */
  const writeMissing: Effect.Effect<void, AuditError> = Effect.suspend(() => {
    const [next] = reserve.entries()
    if (next === undefined) return Effect.void
    return Effect.andThen(
      Effect.map(write(next), () => reserve.dropFirst()),
      writeMissing
    )
  })
  return {
    append: (entry) => Effect.andThen(writeMissing, write(entry)),
    keepAside: reserve.add,
    missing: () => reserve.entries().length,
    writeMissing
  }
}
