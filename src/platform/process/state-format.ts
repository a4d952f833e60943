import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, writeSync } from "node:fs"
import { join } from "node:path"
import { Effect, Option, Schema } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { cureOf, isMissing } from "../../kernel/system-fault.ts"
import { projectStateFormat, projectVersion } from "./project-version.ts"
import { exitCodes, UserError } from "./user-error.ts"

// The format of the state folder and of the run folder: docs/decisions/0018-state-format.md.

/** Name of the file that declares the format of a folder. */
export const formatFile = "format.json"
/** Versions before the declaration wrote no file. */
export const firstFormat = "1.0"

/** The format that a program writes, and its version. */
interface KnownFormat {
  readonly format: string
  readonly tickd: string
}

const own: KnownFormat = { format: projectStateFormat, tickd: projectVersion }

const formatText = Schema.String.check(Schema.isPattern(/^[1-9]\d{0,3}\.\d{1,4}$/))

/** The file. `tickd`: version that wrote this format first. */
const Declared = Schema.Struct({ format: formatText, tickd: Schema.String })
type Declared = typeof Declared.Type
const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Declared))

/** `MAJOR.MINOR` as numbers. */
const partsOf = (format: string): readonly [number, number] => {
  const [major = 1, minor = 0] = format.split(".").map(Number)
  return [major, minor]
}

export const majorOf = (format: string): number => partsOf(format)[0]

/** Negative: `one` is older than `other`; formats of one major version differ in additions only. */
const compareFormats = (one: string, other: string): number => {
  const [[major, minor], [otherMajor, otherMinor]] = [partsOf(one), partsOf(other)]
  return major - otherMajor || minor - otherMinor
}

const isNew = (folder: string): boolean => {
  try {
    return readdirSync(folder).length === 0
  } catch (cause) {
    if (isMissing(cause)) return true
    throw cause
  }
}

/**
 * What a folder declares; without a file the first format, and of a new folder the format of this program. Undefined:
 * the file declares nothing. Throws the system's error.
 */
const declaredIn = (folder: string, known: KnownFormat = own): Declared | undefined => {
  let text: string
  try {
    text = readFileSync(join(folder, formatFile), "utf8")
  } catch (cause) {
    if (isMissing(cause))
      return isNew(folder) ? known : { format: firstFormat, tickd: "before the first declared format" }
    throw cause
  }
  return Option.getOrUndefined(decode(text))
}

/** Format that a folder declares, `MAJOR.MINOR`. Undefined: its file declares none. Throws the system's error. */
export const declaredFormat = (folder: string): string | undefined => declaredIn(folder)?.format

/** A folder that has a format, and the variable that names another one. */
export interface FormattedFolder {
  readonly folder: string
  readonly what: "state folder" | "run folder"
  readonly setting: string
}

const refused = (code: "STATE_FORMAT_NEWER" | "STATE_FORMAT_OLDER" | "STATE_FORMAT_INVALID", message: string) =>
  new UserError({ code, message, exitCode: exitCodes.configuration })

/** Why a program of format `known` must not use what has the format `found`; undefined: it may. */
const formatFault = (
  { folder, setting, what }: FormattedFolder,
  found: Declared,
  known: KnownFormat
): UserError | undefined => {
  const [has, knows] = [majorOf(found.format), majorOf(known.format)]
  if (has > knows) {
    return refused(
      "STATE_FORMAT_NEWER",
      `The ${what} ${folder} has format ${found.format}, written by tickd ${found.tickd}, and tickd ${known.tickd} knows ${known.format}: install tickd ${found.tickd} or later, or name another folder with ${setting} and restore a backup of format ${knows} into it.`
    )
  }
  if (has < knows) {
    return refused(
      "STATE_FORMAT_OLDER",
      `The ${what} ${folder} has format ${found.format}, and tickd ${known.tickd} writes ${known.format}, from which no version of format ${has} could go on: run 'tickd backup create', name a new folder with ${setting}, and run 'tickd backup restore' into it.`
    )
  }
  return undefined
}

/** Fails when the program (this one when omitted) must not use the folder. Nothing is written. */
export const checkFormat = (target: FormattedFolder, known: KnownFormat = own): Effect.Effect<void, UserError> =>
  Effect.try({
    try: () => declaredIn(target.folder, known),
    catch: (cause) =>
      new UserError({
        code: "STATE_FOLDER",
        exitCode: exitCodes.configuration,
        message: `The ${target.what} ${target.folder} cannot be read (${errorText(cause)}): ${cureOf(cause, `let this user read it, or name another one with ${target.setting}`)}.`
      })
  }).pipe(
    Effect.flatMap((found) => {
      const fault =
        found === undefined
          ? refused(
              "STATE_FORMAT_INVALID",
              `${join(target.folder, formatFile)} declares no format: restore the file from a backup, or write {"format":"${firstFormat}","tickd":"${projectVersion}"} when no tickd of a later format has used the ${target.what}.`
            )
          : formatFault(target, found, known)
      return fault === undefined ? Effect.void : Effect.fail(fault)
    })
  )

/**
 * Declares the format of this program where the folder has none or an older one of the same major version. A newer one
 * stays: what it added is still there. Throws the system's error; the folder is then as it was.
 */
export const declareFormat = (folder: string): void => {
  const path = join(folder, formatFile)
  let text: string | undefined
  try {
    text = readFileSync(path, "utf8")
  } catch (cause) {
    if (!isMissing(cause)) throw cause
  }
  const found = Option.getOrUndefined(decode(text))
  if (found !== undefined && compareFormats(found.format, projectStateFormat) >= 0) return
  const part = join(folder, `.${formatFile}.${process.pid}`)
  const file = openSync(part, "w", 0o600)
  try {
    writeSync(file, `${JSON.stringify({ format: projectStateFormat, tickd: projectVersion } satisfies Declared)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(part, path)
}
