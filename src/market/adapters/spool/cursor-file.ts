import { join } from "node:path"
import { crc32 } from "node:zlib"
import type { SpoolMark } from "../../ports/tick-spool.ts"
import { type SpoolFiles, writeAll } from "./spool-files.ts"

export interface SpoolCursor extends SpoolMark {
  /** Everything before this offset is stored. */
  readonly position: number
}

const slotBytes = 512

/**
 * The offset up to which the stream has confirmed the spool. Two slots in one file, written in turn, each with a
 * number and a checksum: a write that a crash tears leaves the other one intact.
 */
export class CursorFile {
  private readonly files: SpoolFiles
  private readonly fd: number
  private turn = 0

  constructor(files: SpoolFiles, folder: string) {
    this.files = files
    this.fd = files.open(join(folder, "cursor"))
  }

  /** The newest intact cursor; undefined: none. */
  read(): SpoolCursor | undefined {
    const bytes = Buffer.alloc(2 * slotBytes)
    this.files.read(this.fd, bytes, 0)
    let found: (SpoolCursor & { readonly turn: number }) | undefined
    for (const slot of [bytes.subarray(0, slotBytes), bytes.subarray(slotBytes)]) {
      const length = slot.readUInt32LE(0)
      if (length === 0 || length > slotBytes - 8) continue
      const text = slot.subarray(8, 8 + length)
      if (crc32(text) !== slot.readUInt32LE(4)) continue
      const cursor = JSON.parse(text.toString()) as SpoolCursor & { readonly turn: number }
      if (found === undefined || cursor.turn > found.turn) found = cursor
    }
    this.turn = found?.turn ?? 0
    return found
  }

  /** Throws the error of the file system. */
  write({ position, created, floorSeq, window, epoch, unseen }: SpoolCursor): void {
    const turn = this.turn + 1
    const text = Buffer.from(JSON.stringify({ turn, position, created, floorSeq, window, epoch, unseen }))
    const slot = Buffer.alloc(slotBytes)
    slot.writeUInt32LE(text.length, 0)
    slot.writeUInt32LE(crc32(text), 4)
    text.copy(slot, 8)
    writeAll(this.files, this.fd, slot, slotBytes, (turn % 2) * slotBytes)
    this.turn = turn
  }

  sync(): void {
    this.files.sync(this.fd)
  }

  close(): void {
    this.files.close(this.fd)
  }
}
