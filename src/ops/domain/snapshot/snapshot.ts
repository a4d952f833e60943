import { Schema } from "effect"
import { feeds, profiles, type RunbookCommand, runbookCommands, type Window, windows } from "../runbook-words.ts"

/** Starts that are kept. */
export const snapshotsMost = 20

/**
 * What a start has proved: program and settings of the daemon. No text of a secret is in it, but accounts are: they
 * are masked where it is shown. Version 1 of its file.
 */
export const Snapshot = Schema.Struct({
  version: Schema.Literal(1),
  /** Grows with each snapshot; the number for `--to`. */
  number: Schema.Int,
  /** Epoch milliseconds. */
  atMs: Schema.Number,
  /** Id of the run that has proved it. */
  run: Schema.String,
  command: Schema.Literals(Object.keys(runbookCommands) as ReadonlyArray<RunbookCommand>),
  window: Schema.Literals(Object.keys(windows) as ReadonlyArray<Window>),
  profile: Schema.Literals(profiles),
  config: Schema.Literals(feeds),
  /** `commit`: of a folder that is a checkout; null: it is none. */
  program: Schema.Struct({ folder: Schema.String, version: Schema.String, commit: Schema.NullOr(Schema.String) }),
  /** Relative paths in the values count from here. */
  workingDir: Schema.String,
  /** Identifies the settings of the daemon when it was kept. */
  settings: Schema.String,
  values: Schema.Record(Schema.String, Schema.String),
  /** `source`: where its text came from. `hash`: of salt and text. */
  secrets: Schema.Array(Schema.Struct({ name: Schema.String, source: Schema.String, hash: Schema.String })),
  salt: Schema.String,
  /** Of program, folder, values and secrets: two snapshots with the same one start the same daemon. */
  hash: Schema.String
})
export type Snapshot = typeof Snapshot.Type

/** One name that differs. Undefined: not set there. A secret has no texts. */
export interface SnapshotChange {
  readonly name: string
  readonly kind: "program" | "value" | "secret"
  readonly before: string | undefined
  readonly after: string | undefined
}

type Compared = Pick<Snapshot, "program" | "values" | "secrets" | "salt">

const programText = ({ commit, folder, version }: Snapshot["program"]): string =>
  `${version}${commit === null ? "" : ` (${commit.slice(0, 12)})`} in ${folder}`

/** What the second one has that the first one has not. Secrets of different salts cannot be compared: they differ. */
export const changesBetween = (before: Compared, after: Compared): ReadonlyArray<SnapshotChange> => {
  const [was, is] = [programText(before.program), programText(after.program)]
  const names = [...new Set([...Object.keys(before.values), ...Object.keys(after.values)])].sort()
  const hashes = ({ salt, secrets }: Compared) => new Map(secrets.map(({ hash, name }) => [name, `${salt} ${hash}`]))
  const [old, now] = [hashes(before), hashes(after)]
  const secretNames = [...new Set([...old.keys(), ...now.keys()])].sort()
  const stateOf = (isSet: boolean) => (isSet ? "" : undefined)
  return [
    ...(was === is ? [] : [{ name: "tickd", kind: "program" as const, before: was, after: is }]),
    ...names
      .filter((name) => before.values[name] !== after.values[name])
      .map((name) => ({ name, kind: "value" as const, before: before.values[name], after: after.values[name] })),
    ...secretNames
      .filter((name) => old.get(name) !== now.get(name))
      .map((name) => ({
        name,
        kind: "secret" as const,
        before: stateOf(old.has(name)),
        after: stateOf(now.has(name))
      }))
  ]
}

/** One line for each change. `shown` masks a value. */
export const changeLines = (
  changes: ReadonlyArray<SnapshotChange>,
  shown: (name: string, value: string) => string
): ReadonlyArray<string> =>
  changes.map(({ after, before, kind, name }) => {
    const text = (value: string) => {
      if (kind === "secret") return "***"
      return kind === "program" ? value : shown(name, value)
    }
    if (before === undefined) return `+ ${name}=${text(after ?? "")}`
    if (after === undefined) return `- ${name}=${text(before)}`
    const [was, is] = [text(before), text(after)]
    return was === is ? `~ ${name}=${was} (differs, masked)` : `~ ${name}=${was} -> ${is}`
  })

/**
 * The snapshot of the daemon that runs, by its settings, the ones of now first: after a rotation only those of its
 * start may be kept. Undefined: none runs, or it is not kept.
 */
export const runningSnapshot = (
  newestFirst: ReadonlyArray<Snapshot>,
  settings: ReadonlyArray<string>
): Snapshot | undefined =>
  settings.map((each) => newestFirst.find((snapshot) => snapshot.settings === each)).find((each) => each !== undefined)

/** A rollback uses the present secrets, so that it would start the same daemon once more. */
const hasOtherSecretsOnly = (before: Compared, after: Compared): boolean => {
  const changes = changesBetween(before, after)
  const isOtherText = ({ kind, ...each }: SnapshotChange) => kind === "secret" && each.before === each.after
  return changes.length > 0 && changes.every(isOtherText)
}

/**
 * The snapshot that a rollback starts: that of the number, else the last one before what runs now that differs from it
 * in more than the text of a secret, else, when nothing of them runs, the newest. Undefined: there is none.
 */
export const rollbackTarget = (
  newestFirst: ReadonlyArray<Snapshot>,
  { running, to }: { readonly running: Snapshot | undefined; readonly to: number | undefined }
): Snapshot | undefined => {
  if (to !== undefined) return newestFirst.find(({ number }) => number === to)
  if (running === undefined) return newestFirst[0]
  return newestFirst.find(
    (each) => each.number < running.number && each.hash !== running.hash && !hasOtherSecretsOnly(each, running)
  )
}
