import { readFileSync, statSync } from "node:fs"
import { systemCodeOf } from "../../kernel/system-fault.ts"
import { type EnvFile, parseEnvFile } from "../../platform/process/env-file.ts"
import { isCredential, withCredentials } from "./credentials.ts"

export type Variables = Readonly<Record<string, string | undefined>>

/** An env file that was read. `problem` is set when it cannot be read. */
export interface ReadEnvFile {
  readonly path: string
  readonly file: EnvFile
  /** Permission bits. */
  readonly mode: number
  readonly problem?: string
}

export const readEnvFile = (path: string): ReadEnvFile => {
  try {
    const mode = statSync(path).mode & 0o777
    return { path, file: parseEnvFile(readFileSync(path, "utf8")), mode }
  } catch (cause) {
    return { path, file: parseEnvFile(""), mode: 0, problem: systemCodeOf(cause) }
  }
}

/**
 * The variables of the process; those of the file replace them, as in the reference service. A systemd credential goes
 * before both.
 */
export const mergedWith = (env: Variables, read: ReadEnvFile | undefined): Variables =>
  read === undefined
    ? env
    : withCredentials({
        ...env,
        ...Object.fromEntries([...read.file.values].map(([name, { value }]) => [name, value]))
      })

/** Where the value of a variable comes from. */
export const sourceOf = (name: string, env: Variables, read: ReadEnvFile | undefined): string | undefined => {
  if (isCredential(name, env)) return "credential"
  const line = read?.file.values.get(name)?.line
  if (line !== undefined) return `${read?.path}:${line}`
  return env[name] === undefined ? undefined : "environment"
}
