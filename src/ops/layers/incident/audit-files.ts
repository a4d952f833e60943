import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import type { Bilingual } from "../../../kernel/bilingual.ts"
import { isMissing, systemCodeOf } from "../../../kernel/system-fault.ts"
import { readChainLine } from "../../../platform/audit/audit-chain.ts"
import { readAuditLines } from "../../../platform/audit/audit-file.ts"
import type { RunbookRun } from "../../domain/incident/incident-facts.ts"
import type { TimelineFact, TimeRange } from "../../domain/incident/timeline.ts"
import { commandFact } from "./event-facts.ts"

export interface AuditFolders {
  /** Audit files of the daemon and of verbs; those of a trading daemon are in its folder `trade`. */
  readonly stateFolder: string
  /** Logs of runbooks. */
  readonly logFolder: string
}

export interface AuditFindings {
  readonly files: ReadonlyArray<string>
  readonly commands: ReadonlyArray<TimelineFact>
  readonly runs: ReadonlyArray<RunbookRun>
  readonly notes: ReadonlyArray<Bilingual>
}

const unreadable = (path: string, cause: unknown): Bilingual => ({
  en: `${path} cannot be read (${systemCodeOf(cause)}): its entries are missing here.`,
  zh: `无法读取 ${path}（${systemCodeOf(cause)}）：此处缺少其中的记录。`
})

const startupAudit = "startup_audit.log"

/** `timestamp,action,window,profile,exit_code`. */
const runOf = (line: string): RunbookRun | undefined => {
  const [at = "", action = "", , , code = ""] = line.split(",")
  const atMs = Date.parse(at)
  return Number.isNaN(atMs) || !/^\d{1,3}$/.test(code.trim()) ? undefined : { atMs, action, exitCode: Number(code) }
}

/**
 * Audit files of this machine, their commands and runbooks in the range, and the logs of runbooks that were written
 * since it began. A missing file or folder is none.
 */
export const readAuditFiles = ({ logFolder, stateFolder }: AuditFolders, range: TimeRange): AuditFindings => {
  const notes: Array<Bilingual> = []
  const guarded = <A>(path: string, read: () => A, none: A): A => {
    try {
      return read()
    } catch (cause) {
      if (!isMissing(cause)) notes.push(unreadable(path, cause))
      return none
    }
  }
  const names = (folder: string) => guarded(folder, () => readdirSync(folder).sort(), [])
  const isInRange = (atMs: number) => atMs >= range.fromMs && atMs <= range.toMs
  const auditsIn = (folder: string) =>
    names(folder)
      .filter((name) => /^audit[\w-]*\.jsonl$/.test(name))
      .map((name) => join(folder, name))
  const audits = [...auditsIn(stateFolder), ...auditsIn(join(stateFolder, "trade"))]
  const logs = names(logFolder)
    .filter((name) => /\.(log|json|csv)$/.test(name))
    .map((name) => join(logFolder, name))
    .filter((path) => path.endsWith(startupAudit) || guarded(path, () => statSync(path).mtimeMs >= range.fromMs, false))
  const runLog = join(logFolder, startupAudit)
  const runLines = guarded(runLog, () => readFileSync(runLog, "utf8").split("\n"), [])
  return {
    files: [...audits, ...logs],
    commands: audits
      .flatMap((path) => guarded(path, () => readAuditLines(path), []))
      .flatMap((line) => {
        const read = readChainLine(line)
        return read === undefined ? [] : [commandFact(read.entry)]
      })
      .filter(({ atMs }) => isInRange(atMs)),
    runs: runLines.flatMap((line) => runOf(line) ?? []).filter(({ atMs }) => isInRange(atMs)),
    notes
  }
}
