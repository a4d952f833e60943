import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { Effect, type Scope } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { cureOf } from "../../../kernel/system-fault.ts"
import { CursorFile } from "./cursor-file.ts"
import { FileSpool } from "./file-spool.ts"
import type { FileSpoolOptions, SpoolLeft } from "./file-spool-options.ts"
import { baseOfName, readSegmentHead, Segment, type SpoolIdentity, scanFrames } from "./segment.ts"
import { SpoolError } from "./spool-error.ts"
import { nodeFiles, type SpoolFiles } from "./spool-files.ts"
import { spoolId } from "./spool-id.ts"

const mismatch = (folder: string, found: SpoolIdentity, wanted: SpoolIdentity) =>
  new SpoolError({
    code: "SPOOL_MISMATCH",
    message: `The spool in ${folder} holds ticks for stream ${found.stream} as ${found.contentType}, and this daemon writes ${wanted.contentType} to ${wanted.stream}: start once with the previous TICK_STREAM and TICK_SERIALIZER until it is empty, name another TICK_SPOOL_DIR, or delete the folder and lose what is in it.`
  })

/** Reads one segment from `from` on, and cuts it behind its last whole record. Undefined: nothing in it is usable. */
const readSegment = (
  files: SpoolFiles,
  folder: string,
  base: number,
  position: number,
  identity: SpoolIdentity
): { segment: Segment; ticks: number; cutBytes: number; whole: number } => {
  const segment = new Segment(folder, base, true)
  const fd = files.open(segment.path)
  segment.fd = fd
  const bytes = Buffer.alloc(files.size(fd))
  const size = files.read(fd, bytes, 0)
  const head = readSegmentHead(bytes.subarray(0, size))
  if (head === undefined) return { segment, ticks: 0, cutBytes: size, whole: 0 }
  const { stream, contentType } = head.identity
  if (stream !== identity.stream || contentType !== identity.contentType)
    throw mismatch(folder, head.identity, identity)
  let ticks = 0
  const from = Math.max(head.length, position - base)
  const end = scanFrames(bytes.subarray(0, size), from, ({ token, feedSeq, receivedMs }) => {
    ticks++
    segment.add(token, feedSeq, receivedMs)
  })
  segment.length = Math.min(end, size)
  if (segment.length < size) files.truncate(fd, segment.length)
  return { segment, ticks, cutBytes: size - segment.length, whole: head.length }
}

/** What a previous run left, in sequence. */
const recover = (files: SpoolFiles, folder: string, identity: SpoolIdentity, newId: string): SpoolLeft => {
  const bases = files
    .list(folder)
    .flatMap((name) => baseOfName(name) ?? [])
    .sort((left, right) => left - right)
  const cursorFile = new CursorFile(files, folder)
  const cursor = cursorFile.read()
  const position = cursor?.position ?? bases[0] ?? 0
  const segments: Array<Segment> = []
  let nextBase = position
  let ticks = 0
  let cutBytes = 0
  for (const base of bases) {
    const found = readSegment(files, folder, base, position, identity)
    cutBytes += found.cutBytes
    ticks += found.ticks
    nextBase = Math.max(nextBase, base + found.segment.length + found.cutBytes)
    if (found.ticks > 0) segments.push(found.segment)
    else {
      files.close(found.segment.fd as number)
      files.remove(found.segment.path)
    }
  }
  return {
    id: spoolId(files, folder, newId),
    segments,
    cursor: cursorFile,
    position,
    nextBase,
    ticks,
    cutBytes,
    // without a cursor nothing is known of the stream: it is read from its beginning
    mark: cursor ?? { created: "unknown", floorSeq: 0, window: 0 }
  }
}

/**
 * Opens the spool in a folder, created when missing: takes its lock, cuts what a crash tore, and reports what is
 * left. Fails with `SpoolError`. The scope closes it and keeps its content.
 */
export const openSpool = (
  options: Omit<FileSpoolOptions, "files"> & { readonly files?: SpoolFiles }
): Effect.Effect<FileSpool, SpoolError, Scope.Scope> => {
  const files = options.files ?? nodeFiles
  const open = Effect.try({
    try: () => {
      files.makeFolder(options.folder)
      const lock = files.lock(options.folder)
      try {
        const left = recover(files, options.folder, options.identity, options.newId ?? randomBytes(8).toString("hex"))
        const spool = new FileSpool({ ...options, files }, left)
        if (left.ticks > 0 || left.cutBytes > 0) {
          const { bytes } = spool.counts()
          options.onEvent({ type: "recovered", ticks: left.ticks, bytes, cutBytes: left.cutBytes })
        }
        return { spool, lock }
      } catch (cause) {
        lock.release()
        throw cause
      }
    },
    catch: (cause) =>
      cause instanceof SpoolError
        ? cause
        : new SpoolError({
            code: "SPOOL_FOLDER",
            message: `The spool in ${join(options.folder)} cannot be used (${errorText(cause)}): ${cureOf(cause, "name another folder with TICK_SPOOL_DIR, or set TICK_SPOOL_MAX_MB=0 to go without")}.`
          })
  })
  return Effect.acquireRelease(open, ({ spool, lock }) =>
    Effect.sync(() => {
      spool.close()
      lock.release()
    })
  ).pipe(Effect.map(({ spool }) => spool))
}
