import { open } from "node:fs/promises"
import { createGunzip } from "node:zlib"
import { FrontError } from "../front/front-error.ts"

/** Bytes of the file in one read. */
const readBytes = 128 * 1024

/** The bytes of a file, gunzipped when they start like gzip, for any file name. */
export async function* recordingBytes(file: string): AsyncGenerator<Buffer> {
  const handle = await open(file, "r").catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(file, cause)
  })
  try {
    const first = await readPiece(file, handle)
    if (first === undefined) return
    const gzip = first[0] === 0x1f && first[1] === 0x8b
    const source = pieces(file, first, handle)
    yield* gzip ? gunzipped(file, source) : source
  } finally {
    await handle.close()
  }
}

type Handle = Awaited<ReturnType<typeof open>>

const readPiece = async (file: string, handle: Handle): Promise<Buffer | undefined> => {
  const piece = Buffer.allocUnsafe(readBytes)
  const { bytesRead } = await handle.read(piece, 0, readBytes).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(file, cause)
  })
  return bytesRead === 0 ? undefined : piece.subarray(0, bytesRead)
}

async function* pieces(file: string, first: Buffer, handle: Handle): AsyncGenerator<Buffer> {
  for (let piece: Buffer | undefined = first; piece !== undefined; piece = await readPiece(file, handle)) yield piece
}

/** Bytes of output in one step of gunzip: the loss by a damage in the middle of the data. */
const outputBytes = 32 * 1024

/** Checksum and length at the end of gzip data. */
const trailerBytes = 8

/**
 * Gunzip that returns the data before a damage: a piped stream would drop its buffered output with the error, and
 * zlib itself drops the output of the failing step. So the trailer is passed separately: a wrong checksum or a
 * cut-off end costs no byte, and damaged data at most the last 32 KiB before it.
 */
async function* gunzipped(file: string, source: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: outputBytes })
  let output: Array<Buffer> = []
  let failure: NodeJS.ErrnoException | undefined
  let settle: (() => void) | undefined
  gunzip.on("data", (piece: Buffer) => output.push(piece))
  gunzip.on("error", (error: NodeJS.ErrnoException) => {
    failure = error
    settle?.()
  })
  const settled = (start: (done: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      settle = resolve
      start(resolve)
    })
  const drain = (): Array<Buffer> => {
    const ready = output
    output = []
    return ready
  }
  try {
    for await (const piece of withTrailerApart(source)) {
      await settled((done) => gunzip.write(piece, () => done()))
      yield* drain()
      if (failure !== undefined) throw damaged(file, failure)
    }
    await settled((done) => {
      gunzip.once("end", done)
      gunzip.end()
    })
    yield* drain()
    if (failure !== undefined) throw damaged(file, failure)
  } finally {
    gunzip.destroy()
  }
}

async function* withTrailerApart(source: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0)
  for await (const piece of source) {
    const bytes = Buffer.concat([held, piece])
    const ready = Math.max(bytes.length - trailerBytes, 0)
    if (ready > 0) yield bytes.subarray(0, ready)
    held = bytes.subarray(ready)
  }
  if (held.length > 0) yield held
}

const unreadable = (file: string, cause: NodeJS.ErrnoException): FrontError =>
  cause.code === "ENOENT"
    ? new FrontError({
        code: "RECORDING_MISSING",
        message: `${file} does not exist; give the path of a recording (.csv or .csv.gz)`
      })
    : new FrontError({
        code: "RECORDING_UNREADABLE",
        message: `${file} cannot be read (${cause.code ?? cause.message}); give a readable recording file`
      })

const damaged = (file: string, cause: NodeJS.ErrnoException): FrontError =>
  cause.code === "Z_BUF_ERROR"
    ? new FrontError({
        code: "RECORDING_TRUNCATED",
        message: `${file} is cut off in the middle of its gzip data; copy the file again`
      })
    : new FrontError({
        code: "RECORDING_DAMAGED",
        message: `${file} has damaged gzip data (${cause.message}); copy the file again`
      })
