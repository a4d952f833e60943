import { readFileSync } from "node:fs"
import type { LiveSettings } from "../../domain/live-settings.ts"

/** Of the system, not of tickd: they are no settings, so that a start by cron does not differ from one by hand. */
const systemNames = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "LANG",
  "LC_ALL",
  "TZ",
  "TMPDIR",
  "LD_LIBRARY_PATH",
  "NODE_EXTRA_CA_CERTS"
]

/** Of the process that started the tool: they mean its own service, terminal or start. */
const notPassedOn = new Set([
  "CREDENTIALS_DIRECTORY",
  "NOTIFY_SOCKET",
  "WATCHDOG_USEC",
  "WATCHDOG_PID",
  "TICKD_NODE",
  "NO_COLOR",
  "TERM"
])
/** The notifier is a part of the tool. */
const ofTool = /^TICKD_NOTIFY_/

/** Whether a declared variable is one of the programs that a runbook starts. */
export const isPassedOn = (name: string): boolean =>
  !ofTool.test(name) && !notPassedOn.has(name) && !systemNames.includes(name)

type Named = readonly [string, string]

const setIn = (variables: LiveSettings["variables"], names: ReadonlyArray<string>): ReadonlyArray<Named> =>
  names.flatMap((name) => {
    const value = variables[name]
    return value === undefined || value.trim() === "" ? [] : [[name, value] as const]
  })

export const systemEnvironment = ({ variables }: LiveSettings): Readonly<Record<string, string>> =>
  Object.fromEntries(setIn(variables, systemNames))

const allNames = ({ aliases = [], name }: { readonly name: string; readonly aliases?: ReadonlyArray<string> }) => [
  name,
  ...aliases
]

const readSecret = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}

/**
 * What the variables of the settings are for a program: its environment without secrets, and the secrets by the name of
 * their credential. A secret file goes before a variable. One that cannot be read stays a path in the environment: the
 * program names it when it reads it.
 */
export const splitVariables = ({ declared, variables }: LiveSettings) => {
  const secrets = new Map<string, string>()
  const hidden = new Set<string>()
  for (const file of declared) {
    const { credential } = file
    if (credential === undefined || ofTool.test(file.name)) continue
    const holders = declared.filter(({ name }) => name === credential).flatMap(allNames)
    for (const name of holders) hidden.add(name)
    const [path] = setIn(variables, allNames(file)).map(([, value]) => value)
    const [value] = setIn(variables, holders).map(([, text]) => text)
    const secret = path === undefined ? value : readSecret(path)
    if (secret === undefined) continue
    secrets.set(credential, secret)
    for (const name of allNames(file)) hidden.add(name)
  }
  const names = declared
    .filter(({ name }) => isPassedOn(name))
    .flatMap(allNames)
    .filter((name) => !hidden.has(name))
  return { environment: Object.fromEntries(setIn(variables, names)), secrets }
}
