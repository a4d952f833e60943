import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Option, Schema } from "effect"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { RuntimeError } from "../../ports/runtime.ts"
import type { ComposeSettings, Container } from "./compose-commands.ts"

/** Container and settings of each service before this run. */
const Before = Schema.Record(Schema.String, Schema.Struct({ id: Schema.String, settings: Schema.String }))
type Before = typeof Before.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Before))

/** Settings that are kept beside those in use. */
const keptMax = 20

/** Of the container or of the tool, not of the daemon in the container. */
const notPassedOn = /^(?:TICKD_NOTIFY_|TICKD_ENV_FILE$|TICKD_SETTINGS$)/

/**
 * The variables of a run as an env file that compose reads literally: in single quotes nothing is expanded. Secrets are
 * left out: the containers take them from files. Throws `RuntimeError`.
 */
export const envFileText = ({ declared, instance, variables }: LiveSettings): string => {
  const lines = declared
    .filter(({ name, secret }) => secret !== "value" && !notPassedOn.test(name))
    .flatMap(({ aliases = [], name }) => [name, ...aliases])
    .flatMap((name) => {
      const value = variables[name]?.trim() ?? ""
      if (value === "" || name === "TICKD_INSTANCE") return []
      if (/[\r\n]|\\$|\\'/.test(value)) {
        throw new RuntimeError({
          message: `${name} has a line break, or a backslash at its end or before a quote, which an env file of docker compose cannot hold: change the value.`
        })
      }
      return [`${name}='${value.replaceAll("'", "\\'")}'`]
    })
  return `${[...lines, `TICKD_INSTANCE='${instance}'`].sort().join("\n")}\n`
}

/** A secret that no container would get, as a sentence with the fix. */
export const secretFault = ({ declared, variables }: LiveSettings): string | undefined => {
  const isSet = (name: string) => (variables[name]?.trim() ?? "") !== ""
  const given = declared.filter(
    ({ name, secret }) =>
      secret === "value" &&
      !notPassedOn.test(name) &&
      isSet(name) &&
      !declared.some((file) => file.credential === name && isSet(file.name))
  )
  if (given.length === 0) return undefined
  const names = given.map(({ name }) => name).join(", ")
  return `${names}: containers get secrets from files only. Write each one to a file, and name the file in ${given.map(({ name }) => declared.find((file) => file.credential === name)?.name ?? `${name}_FILE`).join(", ")}.`
}

/** What containers were started with, in `run/compose/`, by the hash of their label. Throws the system's error. */
export const composeSettings = (runDir: string) => {
  const folder = join(runDir, "compose")
  const pathOf = (hash: string) => join(folder, `env-${hash}`)
  const beforePath = join(folder, "before.json")
  const write = (path: string, text: string) => {
    for (const own of [runDir, folder]) makeFolders(own, 0o700)
    writeFileSync(`${path}.new`, text, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  const before = (): Before | undefined =>
    existsSync(beforePath) ? Option.getOrUndefined(decode(readFileSync(beforePath, "utf8"))) : undefined

  const prune = (needed: ReadonlySet<string>) => {
    const files = readdirSync(folder)
      .filter((name) => name.startsWith("env-") && !name.endsWith(".new") && !needed.has(name.slice(4)))
      .map((name) => ({ name, at: statSync(join(folder, name)).mtimeMs }))
      .sort((one, other) => other.at - one.at)
    for (const { name } of files.slice(keptMax)) rmSync(join(folder, name), { force: true })
  }

  return {
    hashOf: (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 12),
    keep: (text: string, hash: string): ComposeSettings => {
      write(pathOf(hash), text)
      prune(new Set([hash, ...Object.values(before() ?? {}).map(({ settings }) => settings)]))
      return { path: pathOf(hash), hash }
    },
    /** Undefined: no runbook of this run folder has started anything with it. */
    kept: (hash: string): ComposeSettings | undefined =>
      hash !== "" && existsSync(pathOf(hash)) ? { path: pathOf(hash), hash } : undefined,
    keepBefore: (containers: ReadonlyArray<Container>) =>
      write(
        beforePath,
        `${JSON.stringify(Object.fromEntries(containers.map(({ id, service, settings }) => [service, { id, settings }])))}\n`
      ),
    before,
    forgetBefore: () => rmSync(beforePath, { force: true })
  }
}
