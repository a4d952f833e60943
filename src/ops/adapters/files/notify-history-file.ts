import { readFileSync, renameSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { Effect, Layer, Schema } from "effect"
import { isMissing, systemCodeOf } from "../../../kernel/system-fault.ts"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import { withResults } from "../../domain/notify/admit-notification.ts"
import { channelNames } from "../../domain/notify/notification.ts"
import { NotifyHistory, NotifyHistoryError } from "../../ports/notify-history.ts"

const Entry = Schema.Struct({
  channel: Schema.Literals(channelNames),
  key: Schema.String,
  atMs: Schema.Number,
  sent: Schema.Boolean
})
const count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Totals = Schema.optionalKey(Schema.Struct({ sent: count, duplicate: count, limited: count, failed: count }))

/** The file, version 1. */
const History = Schema.Struct({
  version: Schema.Literal(1),
  entries: Schema.Array(Entry),
  totals: Schema.Struct({
    slack: Totals,
    dingtalk: Totals,
    wecom: Totals,
    feishu: Totals,
    webhook: Totals,
    mail: Totals
  })
})
type History = typeof History.Type

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(History))
const empty: History = { version: 1, entries: [], totals: {} }

/** More entries than six channels can have within their limits in ten minutes. */
const entriesMost = 5000

const read = (path: string): History => {
  try {
    return decode(readFileSync(path, "utf8"))
  } catch (cause) {
    if (isMissing(cause)) return empty
    throw cause
  }
}

/** A file that cannot be decoded is replaced at the next write. */
const readOrEmpty = (path: string): History => {
  try {
    return read(path)
  } catch {
    return empty
  }
}

const failure = (path: string, what: string) => (cause: unknown) =>
  new NotifyHistoryError({
    message: `${path} cannot be ${what} (${Schema.isSchemaError(cause) ? "not its form" : systemCodeOf(cause)}): the same notification may be sent twice.`
  })

/**
 * A JSON file, readable by its owner only, replaced as a whole. Two processes at the same moment may lose the entry of
 * one of them: the same notification is then sent once more.
 */
export const notifyHistoryFile = (path: string): Layer.Layer<NotifyHistory> =>
  Layer.succeed(NotifyHistory, {
    read: Effect.try({ try: () => read(path).entries, catch: failure(path, "read") }),
    add: (entries, results, sinceMs) =>
      Effect.try({
        try: () => {
          const before = readOrEmpty(path)
          const kept = [...before.entries.filter(({ atMs }) => atMs >= sinceMs), ...entries].slice(-entriesMost)
          const totals = withResults(before.totals, results)
          makeFolders(dirname(path))
          const next = `${path}.${process.pid}`
          writeFileSync(next, JSON.stringify({ version: 1, entries: kept, totals } satisfies History), { mode: 0o600 })
          renameSync(next, path)
          return totals
        },
        catch: failure(path, "written")
      })
  })
