import { createHash, randomBytes, scryptSync } from "node:crypto"
import { publicUrl } from "../../../protocol/control/public-url.ts"
import type { DeclaredVariable, LiveSettings } from "../../domain/live-settings.ts"
import type { Snapshot } from "../../domain/snapshot/snapshot.ts"
import { isPassedOn, splitVariables } from "./program-environment.ts"

type Variables = LiveSettings["variables"]

const hashBytes = 16

/** Slow on purpose: a short password must not be found by trying. */
const hashOfSecret = (salt: string, text: string): string => scryptSync(text, salt, hashBytes).toString("hex")

export const newSalt = (): string => randomBytes(hashBytes).toString("hex")

/** Where the run folder is, the run itself knows: with another one it would not find what runs. */
const ofRun = "TICKD_RUN_DIR"

const namesOf = ({ aliases = [], name }: DeclaredVariable): ReadonlyArray<string> => [name, ...aliases]

const declarationOf = (declared: ReadonlyArray<DeclaredVariable>, name: string) =>
  declared.find((each) => namesOf(each).includes(name))

/** A value that is a secret itself, or an address with a password in it. */
const isSecret = (declared: ReadonlyArray<DeclaredVariable>, name: string, value: string): boolean => {
  const kind = declarationOf(declared, name)?.secret
  return kind === "value" || (kind === "url" && publicUrl(value) !== value)
}

/** The variable that a credential's text came from. */
const sourceOf = (
  { declared, variables }: Pick<LiveSettings, "declared" | "variables">,
  credential: string
): string => {
  const isSet = (name: string) => (variables[name] ?? "").trim() !== ""
  const file = declared
    .filter((each) => each.credential === credential)
    .flatMap(namesOf)
    .find(isSet)
  if (file !== undefined) return `${file} ${variables[file]}`
  return (
    declared
      .filter(({ name }) => name === credential)
      .flatMap(namesOf)
      .find(isSet) ?? "not known"
  )
}

/** Values and secrets of an environment and its credentials, without any text of a secret. */
export const contentOf = (
  settings: Pick<LiveSettings, "declared" | "variables">,
  environment: Readonly<Record<string, string>>,
  credentials: ReadonlyMap<string, string>,
  salt: string
): Pick<Snapshot, "values" | "secrets"> => {
  const entries = Object.entries(environment)
    .filter(([name]) => name !== ofRun)
    .sort(([one], [other]) => (one < other ? -1 : 1))
  const hidden = entries.filter(([name, value]) => isSecret(settings.declared, name, value))
  const secrets = [
    ...[...credentials].map(([name, text]) => ({
      name,
      source: sourceOf(settings, name),
      hash: hashOfSecret(salt, text)
    })),
    ...hidden.map(([name, text]) => ({ name, source: name, hash: hashOfSecret(salt, text) }))
  ].sort((one, other) => (one.name < other.name ? -1 : 1))
  return { values: Object.fromEntries(entries.filter((entry) => !hidden.includes(entry))), secrets }
}

/** Identifies what a snapshot starts. A source is no part of it: the same text may come from another place. */
export const hashOfContent = ({
  program,
  secrets,
  values,
  workingDir
}: Pick<Snapshot, "program" | "secrets" | "values" | "workingDir">): string => {
  const text = JSON.stringify([
    [program.folder, program.version, program.commit],
    workingDir,
    Object.entries(values),
    secrets.map(({ hash, name }) => [name, hash])
  ])
  return createHash("sha256").update(text).digest("hex").slice(0, 12)
}

/** Text of each secret in the configuration of this run. */
const secretTexts = (settings: LiveSettings): ReadonlyMap<string, string> => {
  const { environment, secrets } = splitVariables(settings)
  const { declared } = settings
  return new Map([
    ...Object.entries(environment).filter(([name, value]) => isSecret(declared, name, value)),
    ...secrets
  ])
}

/** Secrets of a snapshot whose text is another one now, or is not set: a sentence for each. */
export const changedSecrets = (settings: LiveSettings, { number, salt, secrets }: Snapshot): ReadonlyArray<string> => {
  const texts = secretTexts(settings)
  return secrets.flatMap(({ hash, name }) => {
    const text = texts.get(name)
    if (text === undefined) return [`${name} was set in snapshot ${number} and is not set now`]
    return hashOfSecret(salt, text) === hash
      ? []
      : [`${name} has changed since snapshot ${number}: the present secret is used`]
  })
}

/**
 * The variables of a run with the values of a snapshot: secrets, the notifier's and those of the system stay those of
 * the run. A secret that the snapshot had not is left out.
 */
export const restoredVariables = (settings: LiveSettings, { secrets, values }: Snapshot): Variables => {
  const { declared, variables } = settings
  const kept = new Set(secrets.map(({ name }) => name))
  const isKept = (name: string): boolean => {
    const own = declarationOf(declared, name)
    if (own === undefined || name === ofRun || !isPassedOn(own.name)) return true
    return kept.has(own.credential ?? own.name) || kept.has(name)
  }
  return { ...Object.fromEntries(Object.entries(variables).filter(([name]) => isKept(name))), ...values }
}
