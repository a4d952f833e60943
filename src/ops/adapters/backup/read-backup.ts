import { createHash } from "node:crypto"
import { closeSync, fstatSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Option, Schema } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { isMissing } from "../../../kernel/system-fault.ts"
import { verifyChain } from "../../../platform/audit/audit-chain.ts"
import { readAuditLines } from "../../../platform/audit/audit-file.ts"
import { projectStateFormat, projectVersion } from "../../../platform/process/project-version.ts"
import { majorOf } from "../../../platform/process/state-format.ts"
import { BackupError } from "../../domain/backup/backup-error.ts"
import { type BackupItem, BackupManifest, backupFormat, manifestName, sumsName } from "../../domain/backup/manifest.ts"
import { eachChunk, openSource } from "./copy-file.ts"
import { linesOf } from "./line-file.ts"
import { readRecord } from "./stream-record.ts"

/** A backup whose manifest is as it was written. `id` identifies it: the beginning of the manifest's hash. */
export interface OpenedBackup {
  readonly folder: string
  readonly id: string
  readonly manifest: BackupManifest
}

const decodeHead = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ format: Schema.String, tickd: Schema.String }))
)
const decode = Schema.decodeUnknownOption(Schema.fromJsonString(BackupManifest))
const hashOf = (text: Uint8Array): string => createHash("sha256").update(text).digest("hex")

const damaged = (message: string) => new BackupError({ code: "BACKUP_DAMAGED", message })
const otherCopy = "use another copy of this backup, or another backup"

const readIn = (folder: string, name: string): Buffer => {
  try {
    return readFileSync(join(folder, name))
  } catch (cause) {
    if (isMissing(cause) && name === manifestName) {
      throw new BackupError({
        code: "BACKUP_NOT_FOUND",
        message: `${folder} is no backup (it has no ${manifestName}): name a folder that 'tickd backup create' has made.`
      })
    }
    if (isMissing(cause)) throw damaged(`${join(folder, name)} is missing: ${otherCopy}.`)
    throw new BackupError({
      code: "BACKUP_UNREADABLE",
      message: `${join(folder, name)} cannot be read (${errorText(cause)}): let this user read it.`
    })
  }
}

/** Opens a backup. Throws `BackupError` for another form, and when manifest or sums were changed. */
export const openBackup = (folder: string): OpenedBackup => {
  const text = readIn(folder, manifestName)
  const sums = readIn(folder, sumsName).toString().split("\n")
  const id = hashOf(text)
  if (!sums.includes(`${id}  ${manifestName}`)) {
    throw damaged(`${join(folder, manifestName)} does not have the hash that ${sumsName} has for it: ${otherCopy}.`)
  }
  const head = Option.getOrUndefined(decodeHead(text.toString()))
  if (head !== undefined && majorOf(head.format) > majorOf(backupFormat)) {
    throw new BackupError({
      code: "BACKUP_FORMAT_NEWER",
      message: `The backup ${folder} has form ${head.format}, made by tickd ${head.tickd}, and tickd ${projectVersion} knows ${backupFormat}: use tickd ${head.tickd} or later for it.`
    })
  }
  const manifest = Option.getOrUndefined(decode(text.toString()))
  if (manifest === undefined) throw damaged(`${join(folder, manifestName)} is no manifest: ${otherCopy}.`)
  const { state_format: stateFormat, tickd } = manifest
  if (majorOf(stateFormat) > majorOf(projectStateFormat)) {
    throw new BackupError({
      code: "BACKUP_FORMAT_NEWER",
      message: `The backup ${folder} is of a state folder of format ${stateFormat}, written by tickd ${tickd}, and tickd ${projectVersion} knows ${projectStateFormat}: use tickd ${tickd} or later for it.`
    })
  }
  const unlisted = manifest.items.find(({ path, sha256 }) => !sums.includes(`${sha256}  ${path}`))
  if (unlisted !== undefined) {
    throw damaged(`${join(folder, sumsName)} and ${manifestName} differ in ${unlisted.path}: ${otherCopy}.`)
  }
  return { folder, id: id.slice(0, 16), manifest }
}

const faultOfBytes = (path: string, { bytes, sha256 }: BackupItem): string | undefined => {
  let file: number
  try {
    file = openSource(path)
  } catch (cause) {
    return isMissing(cause) ? "is missing" : `cannot be read (${errorText(cause)})`
  }
  try {
    const { size } = fstatSync(file)
    if (size < bytes) return `is cut: it has ${size} of ${bytes} bytes`
    if (size > bytes) return `has ${size} bytes instead of ${bytes}`
    const hash = createHash("sha256")
    eachChunk(file, bytes, (chunk) => hash.update(chunk))
    return hash.digest("hex") === sha256 ? undefined : "was changed: it has another hash"
  } catch (cause) {
    return `cannot be read (${errorText(cause)})`
  } finally {
    closeSync(file)
  }
}

/** The bytes are right, so that this finds a manifest that was made wrong or by another hand. */
const faultOfChain = (path: string, chain: NonNullable<BackupItem["chain"]>): string | undefined => {
  const { broken, entries, head } = verifyChain(readAuditLines(path))
  if ((broken?.line ?? null) !== chain.broken_line) return `is not intact at line ${broken?.line ?? chain.broken_line}`
  return entries === chain.entries && head === chain.head
    ? undefined
    : `has ${entries} entries to ${head.slice(0, 12)} instead of ${chain.entries} to ${chain.head.slice(0, 12)}`
}

const faultOfRecords = (path: string, stream: NonNullable<BackupItem["stream"]>): string | undefined => {
  let [records, first, last] = [0, 0, 0]
  for (const line of linesOf(path)) {
    const record = readRecord(line)
    if (record._tag === "None") return `has a line that is no record: ${records + 1}`
    const { seq } = record.value
    if (seq <= last) return `has record ${seq} behind record ${last}`
    first = first === 0 ? seq : first
    last = seq
    records++
  }
  return records === stream.records && first === stream.first && last === stream.last
    ? undefined
    : `has ${records} records, ${first} to ${last}, instead of ${stream.records}, ${stream.first} to ${stream.last}`
}

/** Reads all of a backup: one sentence for each item that is not as it was written. */
const faultsOf = ({ folder, manifest }: OpenedBackup): ReadonlyArray<string> =>
  manifest.items.flatMap((item) => {
    const path = join(folder, ...item.path.split("/"))
    const fault =
      faultOfBytes(path, item) ??
      (item.chain === undefined ? undefined : faultOfChain(path, item.chain)) ??
      (item.stream === undefined ? undefined : faultOfRecords(path, item.stream))
    return fault === undefined ? [] : [`${item.path} ${fault}`]
  })

/** Throws `BackupError` with every fault in one sentence. */
export const checkBackup = (backup: OpenedBackup): void => {
  const faults = faultsOf(backup)
  if (faults.length > 0) throw damaged(`The backup ${backup.folder} is damaged (${faults.join("; ")}): ${otherCopy}.`)
}
