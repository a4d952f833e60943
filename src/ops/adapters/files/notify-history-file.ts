import { readFileSync, renameSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { Effect, Layer, Schema } from "effect"
import { isMissing, systemCodeOf } from "../../../kernel/system-fault.ts"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import type { PastNotification } from "../../domain/notify/admit-notification.ts"
import { channelNames } from "../../domain/notify/notification.ts"
import { NotifyHistory, NotifyHistoryError } from "../../ports/notify-history.ts"

const decode = Schema.decodeUnknownSync(
  Schema.fromJsonString(
    Schema.Array(
      Schema.Struct({
        channel: Schema.Literals(channelNames),
        key: Schema.String,
        atMs: Schema.Number,
        sent: Schema.Boolean
      })
    )
  )
)

/** More entries than six channels can have within their limits in ten minutes. */
const entriesMost = 5000

const read = (path: string): ReadonlyArray<PastNotification> => {
  try {
    return decode(readFileSync(path, "utf8"))
  } catch (cause) {
    if (isMissing(cause)) return []
    throw cause
  }
}

/** A file that cannot be decoded is replaced at the next write. */
const readOrEmpty = (path: string): ReadonlyArray<PastNotification> => {
  try {
    return read(path)
  } catch {
    return []
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
    read: Effect.try({ try: () => read(path), catch: failure(path, "read") }),
    add: (entries, sinceMs) =>
      Effect.try({
        try: () => {
          const kept = [...readOrEmpty(path).filter(({ atMs }) => atMs >= sinceMs), ...entries].slice(-entriesMost)
          makeFolders(dirname(path))
          const next = `${path}.${process.pid}`
          writeFileSync(next, JSON.stringify(kept), { mode: 0o600 })
          renameSync(next, path)
        },
        catch: failure(path, "written")
      })
  })
