import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Option, Schema } from "effect"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import { hashOf, KeptStart, type ProgramRecord } from "./program-record.ts"

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(KeptStart))

const folderMode = 0o700
const fileMode = 0o600

/** Replaces a file as a whole. Throws the system's error. */
export const writeWhole = (path: string, text: string, mode: number): void => {
  writeFileSync(`${path}.new`, text, { mode })
  chmodSync(`${path}.new`, mode)
  renameSync(`${path}.new`, path)
}

export const makeRunDir = (runDir: string): void => {
  makeFolders(runDir, folderMode)
  chmodSync(runDir, folderMode)
}

export const credentialsDir = (runDir: string): string => join(runDir, "credentials")
const beforeDir = (runDir: string): string => join(runDir, "before")

/** Makes the folder of secrets hold exactly these; a running daemon may read each of them at any time. */
export const writeSecrets = (runDir: string, secrets: ReadonlyMap<string, string>): void => {
  const folder = credentialsDir(runDir)
  makeFolders(folder, folderMode)
  chmodSync(folder, folderMode)
  for (const [name, secret] of secrets) writeWhole(join(folder, name), secret, fileMode)
  for (const name of readdirSync(folder)) if (!secrets.has(name)) rmSync(join(folder, name), { force: true })
}

/** The secrets with which the daemon runs. A file that is not whole yet is none of them. */
export const readSecrets = (folder: string): ReadonlyMap<string, string> => {
  if (!existsSync(folder)) return new Map()
  const names = readdirSync(folder).filter((name) => !name.endsWith(".new"))
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), "utf8")] as const))
}

/** Settings of a program that was started with these secrets, or has taken them since: a rotation changes no record. */
export const settingsWith = ({ hash, spec }: KeptStart, secrets: ReadonlyMap<string, string>): string =>
  spec.takesSecrets ? hashOf(spec, secrets) : hash

/** Settings with which a program runs now. */
export const settingsNow = (runDir: string, { start }: Pick<ProgramRecord, "start">): string => {
  try {
    return settingsWith(start, readSecrets(credentialsDir(runDir)))
  } catch {
    // A file went away between the listing and its reading: another command is at work.
    return start.hash
  }
}

/**
 * Keeps what a program ran with, and its secrets, for the rollback of this run. The record comes last: a run that is
 * killed in between has kept nothing, and not a part of the secrets.
 */
export const keepBefore = (runDir: string, start: KeptStart): void => {
  const folder = beforeDir(runDir)
  const record = join(folder, `${start.spec.name}.json`)
  makeFolders(folder, folderMode)
  rmSync(record, { force: true })
  if (start.spec.takesSecrets) {
    const secrets = join(folder, "credentials")
    rmSync(secrets, { recursive: true, force: true })
    if (existsSync(credentialsDir(runDir))) cpSync(credentialsDir(runDir), secrets, { recursive: true })
  }
  writeWhole(record, `${JSON.stringify(start)}\n`, fileMode)
}

/** A run that has ended by itself leaves nothing to undo. */
export const forgetBefore = (runDir: string): void => rmSync(beforeDir(runDir), { recursive: true, force: true })

/** Undefined: nothing is kept. */
export const readBefore = (runDir: string, name: string): KeptStart | undefined => {
  const path = join(beforeDir(runDir), `${name}.json`)
  return existsSync(path) ? Option.getOrUndefined(decode(readFileSync(path, "utf8"))) : undefined
}

export const secretsBefore = (runDir: string): ReadonlyMap<string, string> =>
  readSecrets(join(beforeDir(runDir), "credentials"))
