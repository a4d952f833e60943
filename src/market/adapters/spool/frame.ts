import { crc32 } from "node:zlib"

/**
 * One message in a segment, little-endian:
 * `u32 length, u32 crc32 | u8 version, u8 token, u16 subject bytes, u32 0, f64 stamp ms, f64 sequence of the feed,
 * f64 received ms, subject, payload`. Length and crc cover everything behind them.
 */
const frameHead = 8
const bodyHead = 32
const frameVersion = 1
/** A longer frame is damage: NATS accepts at most 64 MiB, and a tick has 1 KiB. */
const bodyMax = 64 * 1024 * 1024

export const frameBytes = (subjectBytes: number, payloadBytes: number): number =>
  frameHead + bodyHead + subjectBytes + payloadBytes

export interface FrameFields {
  readonly token: number
  readonly stampMs: number
  readonly feedSeq: number
  readonly receivedMs: number
}

/** Writes a frame at `at`, which must have `frameBytes` of room. Subjects are ASCII, as NATS requires. */
export const writeFrame = (
  into: Buffer,
  at: number,
  subject: string,
  payload: Uint8Array,
  token: number,
  stampMs: number,
  feedSeq: number,
  receivedMs: number
): number => {
  const body = at + frameHead
  const end = body + bodyHead + subject.length + payload.length
  into[body] = frameVersion
  into[body + 1] = token
  into.writeUInt16LE(subject.length, body + 2)
  into.writeUInt32LE(0, body + 4)
  into.writeDoubleLE(stampMs, body + 8)
  into.writeDoubleLE(feedSeq, body + 16)
  into.writeDoubleLE(receivedMs, body + 24)
  into.write(subject, body + bodyHead, "latin1")
  into.set(payload, body + bodyHead + subject.length)
  into.writeUInt32LE(end - body, at)
  into.writeUInt32LE(crc32(into.subarray(body, end)), at + 4)
  return end
}

/** Length in bytes of the frame at `at`; 0: too few bytes to decide; -1: no frame begins so. */
export const frameLength = (bytes: Buffer, at: number): number => {
  if (at + frameHead > bytes.length) return 0
  const length = bytes.readUInt32LE(at)
  return length < bodyHead || length > bodyMax ? -1 : frameHead + length
}

/** True when a whole frame with a correct checksum is at `at`. */
export const isWholeFrame = (bytes: Buffer, at: number): boolean => {
  const length = frameLength(bytes, at)
  if (length <= 0 || at + length > bytes.length) return false
  const body = bytes.subarray(at + frameHead, at + length)
  return (
    crc32(body) === bytes.readUInt32LE(at + 4) &&
    body[0] === frameVersion &&
    body.readUInt16LE(2) <= body.length - bodyHead
  )
}

/** Reads a frame that passed `isWholeFrame`. The payload is a view of `bytes`. */
export const readFrame = (bytes: Buffer, at: number): FrameFields & { subject: string; payload: Buffer } => {
  const body = at + frameHead
  const text = body + bodyHead
  const subjectEnd = text + bytes.readUInt16LE(body + 2)
  return {
    ...readFields(bytes, at),
    subject: bytes.toString("latin1", text, subjectEnd),
    payload: bytes.subarray(subjectEnd, at + frameLength(bytes, at))
  }
}

export const readFields = (bytes: Buffer, at: number): FrameFields => {
  const body = at + frameHead
  return {
    token: bytes[body + 1] as number,
    stampMs: bytes.readDoubleLE(body + 8),
    feedSeq: bytes.readDoubleLE(body + 16),
    receivedMs: bytes.readDoubleLE(body + 24)
  }
}
