import { existsSync } from "node:fs"
import { join } from "node:path"
import { variables } from "./variables.ts"

type Variables = Readonly<Record<string, string | undefined>>

/** Variables that name a secret file, each with the name of its systemd credential. */
const files = variables.flatMap(({ credential, name }) => (credential === undefined ? [] : [{ credential, name }]))

const folderOf = (env: Variables): string => env["CREDENTIALS_DIRECTORY"] ?? ""

/** Whether the value of a variable is a credential of systemd. */
export const isCredential = (name: string, env: Variables): boolean =>
  folderOf(env) !== "" && files.some((file) => file.name === name && env[name] === join(folderOf(env), file.credential))

/**
 * The environment with systemd's credentials in the place of the secret files. The secret itself stays in its file: it
 * is read where it is used. Source: systemd.exec(5), LoadCredential.
 */
export const withCredentials = (env: Variables): Variables => {
  const folder = folderOf(env)
  if (folder === "") return env
  const found: Record<string, string | undefined> = {}
  for (const { credential, name } of files) {
    const path = join(folder, credential)
    if (!existsSync(path)) continue
    // The password in a variable must not be shown as if it were used.
    if (credential !== name) found[credential] = undefined
    found[name] = path
  }
  return { ...env, ...found }
}
