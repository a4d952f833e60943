import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Option, Schema } from "effect"
import { firstFormat } from "../../../platform/process/state-format.ts"
import type { Snapshot } from "../../domain/snapshot/snapshot.ts"
import type { KeptStart } from "./program-record.ts"

const Manifest = Schema.Struct({ version: Schema.String, stateFormat: Schema.optional(Schema.String) })
const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Manifest))
const gitMs = 2_000
const entry = join("src", "app", "tickd.mjs")

/** The folder of the tickd that a specification starts. */
export const folderOf = ({ args }: KeptStart["spec"]): string | undefined => {
  const path = args.find((arg) => arg.endsWith(entry))
  return path === undefined ? undefined : dirname(dirname(dirname(path)))
}

/** Null: no checkout, or git cannot say. */
const commitOf = (folder: string): string | null => {
  if (!existsSync(join(folder, ".git"))) return null
  try {
    // Named on the command line: a variable of a hook that runs tickd means another checkout.
    const args = ["--git-dir", join(folder, ".git"), "rev-parse", "HEAD"]
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: gitMs }).trim()
  } catch {
    return null
  }
}

const manifestIn = (folder: string): typeof Manifest.Type | undefined => {
  try {
    if (!existsSync(join(folder, entry))) return undefined
    return Option.getOrUndefined(decode(readFileSync(join(folder, "package.json"), "utf8")))
  } catch {
    return undefined
  }
}

/** The tickd that is in a folder now; undefined: there is none. */
export const programIn = (folder: string): Snapshot["program"] | undefined => {
  const read = manifestIn(folder)
  return read && { folder, version: read.version, commit: commitOf(folder) }
}

/** The format of state that the tickd in a folder knows. Versions before the declaration knew the first one. */
export const formatKnownIn = (folder: string): string => manifestIn(folder)?.stateFormat ?? firstFormat

/** Why the program of a snapshot cannot be started; undefined: its folder has it still. */
export const programFault = ({ number, program }: Pick<Snapshot, "number" | "program">): string | undefined => {
  const { commit, folder, version } = program
  const now = programIn(folder)
  if (now === undefined) {
    return `Snapshot ${number} ran tickd ${version} of ${folder}, which is gone: bring that folder back, or choose another snapshot with --to.`
  }
  if (now.version !== version) {
    return `Snapshot ${number} ran tickd ${version} of ${folder}, where ${now.version} is now: install ${version} there, or choose another snapshot with --to.`
  }
  if (commit === null || now.commit === null || now.commit === commit) return undefined
  return `Snapshot ${number} ran commit ${commit} of ${folder}, where ${now.commit.slice(0, 12)} is now: run 'git -C ${folder} checkout ${commit}', or choose another snapshot with --to.`
}
