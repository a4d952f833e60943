import { Schema } from "effect"
import { escapeToken } from "./subject-token.ts"

export const stateKey = (instance: string, actor: string): string => `${instance}.${keyToken(actor)}`
export const stateKeysOf = (instance: string): string => `${instance}.*`

/**
 * A snapshot is written again this often even when nothing changes: `at` says until when its daemon was known to live.
 */
export const snapshotEveryMs = 60_000
/** A snapshot that is older is of a daemon that is gone: killed, cut off, or stopped for good. */
const goneAfterMs = 3 * snapshotEveryMs
/** Snapshots of a daemon that never comes back leave the bucket after this. */
export const snapshotMaxAgeMs = 7 * 86_400_000

/** True when the snapshot was not written again lately. */
export const isGone = (snapshot: { readonly at: string }, nowMs: number): boolean =>
  nowMs - Date.parse(snapshot.at) > goneAfterMs

/** KV keys know no `%`; `=` takes its place, which no escaped token has of its own. */
const keyToken = (text: string): string => escapeToken(text).replaceAll("%", "=")

/** Subject that any daemon answers; one of several answers, and its reply says which. */
export const stateSubject = "md.state.get"

/**
 * How one machine stands.
 * Shape: `value` is the machine's own state value (an object when it has regions), `state` the word that stands for it;
 * `context` holds no secret. Times are ISO 8601 in Asia/Shanghai. `since`: when `state` was entered; `at`: when this
 * was written. `transitions`: steps since the daemon started; `restarts`: how often the supervisor began it anew.
 */
export const StateSnapshot = Schema.Struct({
  version: Schema.Literal(1),
  instance: Schema.String,
  actor: Schema.String,
  state: Schema.String,
  value: Schema.Unknown,
  since: Schema.String,
  last_event: Schema.String,
  transitions: Schema.Int,
  restarts: Schema.Int,
  context: Schema.Record(Schema.String, Schema.Unknown),
  at: Schema.String
})
export type StateSnapshot = typeof StateSnapshot.Type

/** Asks for one machine, or without `actor` for all. */
export const StateRequest = Schema.Struct({ actor: Schema.optionalKey(Schema.String) })

export const StateReply = Schema.Struct({
  version: Schema.Literal(1),
  instance: Schema.String,
  at: Schema.String,
  actors: Schema.Array(StateSnapshot)
})
export type StateReply = typeof StateReply.Type

/** A request without fields. */
export const EmptyRequest = Schema.Struct({})

/** A child of the tree. `uptime_ms`: since it runs, 0 when it does not. `machine`: the machine that this child runs. */
export const TreeChild = Schema.Struct({
  path: Schema.String,
  state: Schema.String,
  since: Schema.String,
  uptime_ms: Schema.Int,
  restarts: Schema.Int,
  last_reason: Schema.NullOr(Schema.String),
  machine: Schema.NullOr(Schema.Struct({ actor: Schema.String, state: Schema.String, last_event: Schema.String }))
})
export type TreeChild = typeof TreeChild.Type

/**
 * Answer to `md.ctl.<instance>.tree`: children in the order in which they started; `path` ends with supervisor and
 * child.
 */
export const TreeReply = Schema.Struct({
  version: Schema.Literal(1),
  instance: Schema.String,
  at: Schema.String,
  uptime_ms: Schema.Int,
  restarts: Schema.Int,
  children: Schema.Array(TreeChild)
})
export type TreeReply = typeof TreeReply.Type

const secretName = /passw|secret|token|credential|auth_?code|private|seed/i
const textMax = 500
const itemsMax = 50
const depthMax = 4

const plain = (value: unknown, depth: number): unknown => {
  if (typeof value === "string") return value.length > textMax ? `${value.slice(0, textMax)}…` : value
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value)
  if (typeof value === "boolean" || value === null) return value
  if (typeof value === "bigint") return String(value)
  if (typeof value !== "object" || depth >= depthMax) return undefined
  if (Array.isArray(value)) return value.slice(0, itemsMax).map((item) => plain(item, depth + 1) ?? null)
  return publicContext(value as Readonly<Record<string, unknown>>, depth + 1)
}

/**
 * A context as it may leave the process: values whose name says that they are secret are replaced, long texts and lists
 * are cut, and what JSON has no form for is left out. Machines keep secrets out of their contexts; this is the second
 * lock.
 */
export const publicContext = (context: Readonly<Record<string, unknown>>, depth = 0): Record<string, unknown> => {
  const shown: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(context).slice(0, itemsMax)) {
    const copy = secretName.test(name) ? "<redacted>" : plain(value, depth)
    if (copy !== undefined) shown[name] = copy
  }
  return shown
}
