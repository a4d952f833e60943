import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import type { DeclaredVariable, LiveSettings } from "../../domain/live-settings.ts"
import { type Feed, feeds } from "../../domain/runbook-words.ts"
import { DaemonControlError } from "../../ports/daemon-control.ts"

const failure = (cause: unknown) =>
  new DaemonControlError({
    code: "SECRET_FILE",
    message: `The secret files of the daemon were not replaced (${errorText(cause)}): check the folder TICKD_RUN_DIR.`
  })

const textIn = (variables: LiveSettings["variables"], { aliases = [], name }: DeclaredVariable): string | undefined =>
  [name, ...aliases].map((each) => variables[each]).find((text) => text !== undefined && text.trim() !== "")

/** A whole file or none: the daemon may read it at any moment. */
const write = (path: string, text: string) => {
  const next = `${path}.new`
  rmSync(next, { force: true })
  writeFileSync(next, text, { mode: 0o600, flag: "wx" })
  renameSync(next, path)
}

const secretsFolder = (runDir: string): string => join(runDir, "credentials")
/** Former texts, while a login with the new ones is not proved. */
const formerFolder = (runDir: string): string => join(runDir, "rotation")

/** Secrets of the login of a feed in the configuration of this run, by the name of their file. */
const secretsOf = ({ declared, variables }: LiveSettings, feed: Feed): ReadonlyMap<string, string> => {
  const prefix = `CTP_${feed.toUpperCase()}_`
  const found = new Map<string, string>()
  for (const file of declared) {
    const { credential } = file
    if (credential?.startsWith(prefix) !== true) continue
    const path = textIn(variables, file)
    const holder = declared.find(({ name }) => name === credential)
    const text = path === undefined ? holder && textIn(variables, holder) : readFileSync(path, "utf8")
    if (text !== undefined) found.set(credential, text)
  }
  return found
}

/**
 * Gives the daemon's own secret files of a feed (`run/credentials`) the secrets of this run's configuration. A daemon
 * that reads other files has none there: an operator has changed those, and nothing is written. `keep` removes the
 * former texts, `bringBack` restores them. A former text that a killed run has left stays the one to bring back.
 */
export const replaceLoginSecrets = (settings: LiveSettings, feed: Feed) =>
  Effect.try({
    try: () => {
      const folder = secretsFolder(settings.runDir)
      const kept = formerFolder(settings.runDir)
      const found = [...secretsOf(settings, feed)].filter(([name]) => existsSync(join(folder, name)))
      if (found.length > 0) makeFolders(kept, 0o700)
      for (const [name, text] of found) {
        if (!existsSync(join(kept, name))) write(join(kept, name), readFileSync(join(folder, name), "utf8"))
        write(join(folder, name), text)
      }
      return {
        keep: Effect.sync(() => {
          for (const [name] of found) rmSync(join(kept, name), { force: true })
        }),
        bringBack: Effect.sync(() => {
          for (const [name] of found) renameSync(join(kept, name), join(folder, name))
        })
      }
    },
    catch: failure
  })

/** A feed whose rotation was not ended. `keep` and `bringBack` as above; `folder` has the former text. */
export interface LeftRotation {
  readonly feed: Feed
  readonly folder: string
  readonly keep: Effect.Effect<void>
  readonly bringBack: Effect.Effect<void>
}

/** What a killed run has left of its rotation. A text that was not replaced yet is removed at once. */
export const leftRotations = ({
  runDir
}: Pick<LiveSettings, "runDir">): Effect.Effect<ReadonlyArray<LeftRotation>, DaemonControlError> =>
  Effect.try({
    try: () => {
      const [folder, kept] = [secretsFolder(runDir), formerFolder(runDir)]
      if (!existsSync(kept)) return []
      const textOf = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : undefined)
      return feeds.flatMap((feed) => {
        const names = readdirSync(kept).filter((name) => name.startsWith(`CTP_${feed.toUpperCase()}_`))
        const forget = (name: string) => rmSync(join(kept, name), { force: true })
        const isReplaced = (name: string) =>
          !name.endsWith(".new") && textOf(join(kept, name)) !== textOf(join(folder, name))
        for (const name of names) if (!isReplaced(name)) forget(name)
        const found = names.filter((name) => existsSync(join(kept, name)))
        if (found.length === 0) return []
        const keep = Effect.sync(() => found.forEach(forget))
        const bringBack = Effect.sync(() => {
          makeFolders(folder, 0o700)
          for (const name of found) renameSync(join(kept, name), join(folder, name))
        })
        return [{ feed, folder: kept, keep, bringBack }]
      })
    },
    catch: failure
  })
