import type { NatsConnection } from "@nats-io/transport-node"
import { outboundOf } from "../../../platform/nats/nats-internals.ts"

/** Frames are passed to the client in pieces of about this size, so that the server works while the rest is written. */
const pieceBytes = 32_768
/**
 * Frames are written into blocks of memory. The client holds a piece until the socket has accepted it, and does not
 * report when. The server's answer to a message proves it for that message and all before it; then the block is
 * reused.
 */
const blockBytes = 4 * pieceBytes
/** Digits of a length and three line ends. */
const frameRest = 24
/** Maximum number of subjects whose first bytes are kept. */
const subjectsMax = 65_536

interface Block {
  readonly bytes: Buffer
  /** Count of the last message in it. */
  last: number
}

/** Passes messages to one connection, in sequence, all of one turn of the event loop together. */
export interface FrameWriter {
  /**
   * `reply` undefined: no answer is requested. Returns the count of the message. Throws what the client's `publish`
   * throws.
   */
  readonly publish: (subject: string, payload: Uint8Array, reply: Uint8Array | undefined) => number
  /** The server has answered the message with this count, so it has received all messages up to it. */
  readonly answered: (count: number) => void
  /** Passes on what is written, before something that must follow it is sent another way. */
  readonly flush: () => void
}

/** A writer that bypasses the client's own `publish`; undefined when the client's internals have changed. */
export const makeFrameWriter = (connection: NatsConnection): FrameWriter | undefined => {
  const outbound = outboundOf(connection)
  if (outbound === undefined) return undefined
  const heads = new Map<string, Buffer>()
  const maxPayload = connection.info?.max_payload ?? Number.POSITIVE_INFINITY
  const used: Array<Block> = []
  let block: Block = { bytes: Buffer.alloc(0), last: 0 }
  let sent = 0
  let received = 0
  let start = 0
  let at = 0
  let flushDue = false

  const flush = (): void => {
    if (at === start) return
    const piece = block.bytes.subarray(start, at)
    start = at
    outbound.sendCommand(piece)
    outbound.flushPending()
  }

  const flushLater = (): void => {
    flushDue = true
    queueMicrotask(() => {
      flushDue = false
      flush()
    })
  }

  const nextBlock = (need: number): void => {
    flush()
    block.last = sent
    const [oldest] = used
    if (block.bytes.length === blockBytes) used.push(block)
    if (need <= blockBytes && oldest !== undefined && oldest.last <= received) {
      used.shift()
      block = oldest
    } else block = { bytes: Buffer.allocUnsafeSlow(Math.max(blockBytes, need)), last: 0 }
    start = 0
    at = 0
  }

  const headOf = (subject: string): Buffer => {
    const head = Buffer.from(`PUB ${subject} `)
    if (heads.size >= subjectsMax) heads.clear()
    heads.set(subject, head)
    return head
  }

  return {
    flush,
    answered: (count) => {
      received = Math.max(received, count)
    },
    publish: (subject, payload, reply) => {
      const { length } = payload
      let head = heads.get(subject)
      // messages that the client refuses are left to it, and each subject is checked once
      if (connection.isClosed() || length > maxPayload || (head === undefined && !/^[^\s]+$/.test(subject))) {
        flush()
        connection.publish(subject, payload)
        return sent
      }
      head ??= headOf(subject)
      const need = head.length + (reply?.length ?? 0) + length + frameRest
      if (at + need > block.bytes.length) nextBlock(need)
      const { bytes } = block
      bytes.set(head, at)
      at += head.length
      if (reply !== undefined) {
        bytes.set(reply, at)
        at += reply.length
      }
      let width = 1
      for (let limit = 10; length >= limit; limit *= 10) width++
      let rest = length
      for (let digit = at + width - 1; digit >= at; digit--) {
        bytes[digit] = 0x30 + (rest % 10)
        rest = Math.floor(rest / 10)
      }
      at += width
      bytes[at++] = 0x0d
      bytes[at++] = 0x0a
      bytes.set(payload, at)
      at += length
      bytes[at++] = 0x0d
      bytes[at++] = 0x0a
      sent++
      if (at - start >= pieceBytes) flush()
      else if (!flushDue) flushLater()
      return sent
    }
  }
}
