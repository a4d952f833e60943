/** Classes of files that a runbook leaves behind. Each has its own folder or suffix, and its own age limit. */
export const retentionKinds = ["runbook", "screenshot", "incident"] as const
export type RetentionKind = (typeof retentionKinds)[number]

/** A file that may be deleted. Times are epoch milliseconds. `path` is unique within its kind. */
export interface KeptFile {
  readonly path: string
  readonly modifiedMs: number
  readonly bytes: number
}

const dayMs = 86_400_000

const audited = /audit/i
const runbookText = /\.(?:log|json|jsonl|csv|md|txt|ya?ml|tar\.gz|log\.gz)$/i
const picture = /\.(?:png|jpe?g|webp)$/i
const report = /\.(?:ya?ml|md|json|html|pdf)$/i

/** Folders of each kind, below the folder of logs. Screenshots of a start are stored beside the runbook's logs. */
export const foldersOf: Readonly<Record<RetentionKind, ReadonlyArray<string>>> = {
  runbook: ["runbooks", "archive"],
  screenshot: ["runbooks", "screenshots"],
  incident: ["incidents"]
}

/** A file is hidden, or an audit: it is never deleted. */
const isProtected = (name: string): boolean => name.startsWith(".") || audited.test(name)

const patterns: Readonly<Record<RetentionKind, RegExp>> = {
  runbook: runbookText,
  screenshot: picture,
  incident: report
}

/** Whether a file of this name, in a folder of `kind`, belongs to `kind`. Everything else is left alone. */
export const belongsTo = (kind: RetentionKind, name: string): boolean => !isProtected(name) && patterns[kind].test(name)

/**
 * Files of one kind that are older than `keepDays`, oldest first. Never among them: the newest file whose time has
 * come (the clock of another machine may have written a time in the future), every file of the same time, and every
 * file with a time in the future. A file exactly `keepDays` old is kept.
 */
export const expiredFiles = <File extends KeptFile>(
  files: ReadonlyArray<File>,
  nowMs: number,
  keepDays: number
): ReadonlyArray<File> => {
  const past = files.filter(({ modifiedMs }) => modifiedMs <= nowMs)
  const newestMs = past.reduce((newest, { modifiedMs }) => Math.max(newest, modifiedMs), Number.NEGATIVE_INFINITY)
  return past
    .filter(({ modifiedMs }) => modifiedMs < newestMs && nowMs - modifiedMs > keepDays * dayMs)
    .toSorted((one, other) => one.modifiedMs - other.modifiedMs || (one.path < other.path ? -1 : 1))
}
