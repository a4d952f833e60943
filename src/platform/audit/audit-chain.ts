import { createHash } from "node:crypto"
import { Result, Schema } from "effect"
import { type AuditEntry, AuditLine } from "../../protocol/control/command.ts"

const chainStart = "0".repeat(64)

/** The end of a chain, which the next line continues. */
export interface ChainEnd {
  readonly seq: number
  readonly hash: string
}
export const emptyChain: ChainEnd = { seq: 0, hash: chainStart }

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex")

/** The next line of a chain, without its line end. */
export const chainLine = (entry: AuditEntry, end: ChainEnd, torn?: string): { line: string; end: ChainEnd } => {
  const seq = end.seq + 1
  const open = JSON.stringify({ entry, seq, prev: end.hash, ...(torn === undefined ? {} : { torn }) }).slice(0, -1)
  const hash = hashOf(open)
  return { line: `${open},"hash":"${hash}"}`, end: { seq, hash } }
}

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(AuditLine))

/** Parses a line and checks its own hash, without its predecessor; undefined when it is torn or was changed. */
export const readChainLine = (text: string): AuditLine | undefined => {
  const read = decode(text)
  if (Result.isFailure(read)) return undefined
  const at = text.lastIndexOf(',"hash":"')
  return at > 0 && hashOf(text.slice(0, at)) === read.success.hash ? read.success : undefined
}

/** Verdict on a chain: intact, or the first bad line (counted from 1) and the reason. */
export interface ChainVerdict {
  readonly entries: number
  readonly head: string
  readonly torn: number
  readonly broken: { readonly line: number; readonly why: string } | undefined
}

/** A line that a crash cut short is not valid JSON. One that is valid JSON and has a wrong hash was changed. */
const isCutShort = (text: string): boolean => {
  try {
    JSON.parse(text)
    return false
  } catch {
    return true
  }
}

/**
 * Checks a chain line by line. A line may be torn: cut short by a crash, and quoted in full by the next intact line.
 * Any other line that cannot be read, has a wrong hash, or does not continue the previous one breaks the chain.
 */
export const verifyChain = (lines: Iterable<string>): ChainVerdict => {
  let end = emptyChain
  let entries = 0
  let torn = 0
  let number = 0
  /** Lines since the last intact one. */
  let loose: Array<string> = []
  const verdict = (line?: number, why?: string): ChainVerdict => ({
    entries,
    head: end.hash,
    torn,
    broken: line === undefined || why === undefined ? undefined : { line, why }
  })
  for (const text of lines) {
    number++
    const read = readChainLine(text)
    if (read === undefined) {
      if (!isCutShort(text)) return verdict(number, "it was changed or is not an entry")
      loose.push(text)
      continue
    }
    const owned = loose.length === 0 ? undefined : loose.join("\n")
    if (read.torn !== owned) return verdict(number - loose.length, "a line is missing or was changed")
    if (read.prev !== end.hash || read.seq !== end.seq + 1) {
      return verdict(number, `it does not continue entry ${end.seq}: a line was removed, inserted or exchanged`)
    }
    torn += loose.length
    loose = []
    end = { seq: read.seq, hash: read.hash }
    entries++
  }
  if (loose.length === 0) return verdict()
  return verdict(number - loose.length + 1, "it was changed, or the daemon died while it was written")
}
