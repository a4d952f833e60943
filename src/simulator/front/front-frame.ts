/** Frame types, frames and their reassembly. Source: docs/reference/front-protocol.md. */
export const frameType = {
  hello: 1,
  login: 2,
  loginRsp: 3,
  subscribe: 4,
  subscribeRsp: 5,
  unsubscribe: 6,
  unsubscribeRsp: 7,
  ticks: 8,
  heartbeat: 9,
  logout: 10,
  logoutRsp: 11,
  pace: 12,
  errorRsp: 13
} as const

/** Maximum length of a frame (type and body). */
export const frameBytesMax = 16 * 1024 * 1024

/** One frame, ready to write. */
export const frame = (type: number, body: Uint8Array): Buffer => {
  const bytes = Buffer.allocUnsafe(5 + body.length)
  bytes.writeUInt32LE(1 + body.length, 0)
  bytes[4] = type
  bytes.set(body, 5)
  return bytes
}

/** The header of a TICKS frame: length, type, count. */
export const ticksHeader = (count: number, payloadBytes: number): Buffer => {
  const bytes = Buffer.allocUnsafe(9)
  bytes.writeUInt32LE(5 + payloadBytes, 0)
  bytes[4] = frameType.ticks
  bytes.writeUInt32LE(count, 5)
  return bytes
}

/** The peer does not use the protocol; the connection cannot be trusted any more. */
export class BadFrame extends Error {
  override readonly name = "BadFrame"
}

/** Assembles frames from pieces of any size. Memory: at most twice one frame (16 MiB) and one piece. */
export class FrameDecoder {
  private buffer = Buffer.alloc(0)
  private held = 0
  /** Bytes needed before the next attempt to read a frame. */
  private wanted = 4

  /**
   * Calls `onFrame` for each complete frame; the body is valid during the call only.
   * Throws `BadFrame` when a length is impossible; the decoder must not be used after that.
   */
  push(piece: Buffer, onFrame: (type: number, body: Buffer) => void): void {
    if (this.held === 0) {
      this.keep(piece, this.take(piece, onFrame))
      return
    }
    this.append(piece)
    if (this.held < this.wanted) return
    const bytes = this.buffer.subarray(0, this.held)
    const used = this.take(bytes, onFrame)
    this.held -= used
    this.buffer.copyWithin(0, used, used + this.held)
  }

  private keep(piece: Buffer, used: number): void {
    if (used < piece.length) this.append(piece.subarray(used))
  }

  private append(piece: Buffer): void {
    const needed = this.held + piece.length
    if (needed > this.buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2, 1024))
      this.buffer.copy(grown, 0, 0, this.held)
      this.buffer = grown
    }
    piece.copy(this.buffer, this.held)
    this.held = needed
  }

  /** Returns the number of bytes in whole frames. */
  private take(bytes: Buffer, onFrame: (type: number, body: Buffer) => void): number {
    let at = 0
    this.wanted = 4
    while (bytes.length - at >= 4) {
      const length = bytes.readUInt32LE(at)
      if (length === 0 || length > frameBytesMax) throw new BadFrame(`a frame of ${length} bytes`)
      if (bytes.length - at < 4 + length) {
        this.wanted = 4 + length
        break
      }
      onFrame(bytes[at + 4] as number, bytes.subarray(at + 5, at + 4 + length))
      at += 4 + length
    }
    return at
  }
}
