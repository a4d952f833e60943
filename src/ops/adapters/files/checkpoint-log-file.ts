import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer, Option, Schema } from "effect"
import { isMissing, systemCodeOf } from "../../../kernel/system-fault.ts"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import { CheckpointRecord } from "../../domain/checkpoint/checkpoint-record.ts"
import { CheckpointLog, CheckpointLogError } from "../../ports/checkpoint-log.ts"

/** A record is less than 4 KiB, so that this holds the records of several sessions. */
const readBytesMost = 256 * 1024

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(CheckpointRecord))

/** The end of a file, from the first whole line in it. */
const tailOf = (path: string): string => {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const { size } = fstatSync(fd)
    const from = Math.max(0, size - readBytesMost)
    const buffer = Buffer.alloc(size - from)
    const text = buffer.toString("utf8", 0, readSync(fd, buffer, 0, buffer.length, from))
    return from === 0 ? text : text.slice(text.indexOf("\n") + 1)
  } finally {
    closeSync(fd)
  }
}

/** A line that a full disk has cut is closed by the next one, so that it costs no other record. */
const appendLine = (path: string, line: string) => {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants
  const fd = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o640)
  try {
    const { size } = fstatSync(fd)
    const last = Buffer.alloc(1)
    const isCut = size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last.toString() !== "\n"
    const bytes = Buffer.from(`${isCut ? "\n" : ""}${line}\n`)
    const written = writeSync(fd, bytes)
    if (written < bytes.length) throw Object.assign(new Error("the line was cut"), { code: "ENOSPC" })
  } finally {
    closeSync(fd)
  }
}

/** `t5_checkpoint.log` in the folder of logs: one JSON object a line. */
export const checkpointLogFile = (logDir: string): Layer.Layer<CheckpointLog> => {
  const path = join(logDir, "t5_checkpoint.log")
  return Layer.succeed(CheckpointLog, {
    latest: Effect.try({
      try: () => {
        try {
          return tailOf(path)
            .split("\n")
            .flatMap((line) => Option.toArray(decode(line)))
        } catch (cause) {
          if (isMissing(cause)) return []
          throw cause
        }
      },
      catch: (cause) =>
        new CheckpointLogError({ message: `${path} cannot be read (${systemCodeOf(cause)}): let this user read it.` })
    }),
    append: (record) =>
      Effect.try({
        try: () => {
          makeFolders(logDir)
          appendLine(path, JSON.stringify(record))
        },
        catch: (cause) =>
          new CheckpointLogError({
            message: `The line of ${path} is missing (${systemCodeOf(cause)}): let this user write it, and free space.`
          })
      })
  })
}
