import type { Socket } from "node:net"
import type { TickOrigin } from "./front-counts.ts"
import { BadFrame, FrameDecoder, ticksHeader } from "./front-frame.ts"
import { SentTicks } from "./sent-ticks.ts"
import type { SessionHost } from "./session-host.ts"
import { SlowLine } from "./slow-line.ts"
import { frameTicksMax, wireTickBytes } from "./wire-tick.ts"

/**
 * Maximum number of bytes that wait for the socket: a peer that requests and never reads must not use up the memory.
 */
const waitingBytesMax = 64 * 1024 * 1024

/** Called with the events of a connection. */
export interface SessionHandlers {
  /** A whole frame; the body is valid during the call. Throws `BadFrame` to close the connection. */
  readonly onFrame: (session: FrontSession, type: number, body: Buffer) => void
  readonly onShutdown: (session: FrontSession) => void
}

/** One connection of a library: its subscriptions, its sent ticks, and its faults. */
export class FrontSession {
  readonly number: number
  greeted = false
  loggedIn = false
  readonly subscribed = new Set<string>()
  /** Time of the last SUBSCRIBE: a client may send its list in several. */
  subscribedAtMs = Number.NEGATIVE_INFINITY
  lastSentMs: number
  private readonly front: SessionHost
  private readonly socket: Socket
  private readonly decoder = new FrameDecoder()
  private readonly slowLine: SlowLine
  private readonly recent = new SentTicks()
  private silentUntilMs = Number.NEGATIVE_INFINITY
  private unflushed = 0
  private closed = false

  constructor(front: SessionHost, socket: Socket, handlers: SessionHandlers) {
    this.front = front
    this.socket = socket
    this.number = ++front.tally.connections
    this.lastSentMs = front.nowMs()
    this.slowLine = new SlowLine((bytes, flushed) => socket.write(bytes, flushed))
    socket.setNoDelay(true)
    socket.on("data", (piece: Buffer) => this.receive(piece, handlers))
    socket.on("drain", () => front.changed.notify())
    socket.on("end", () => socket.destroy())
    // Reset or broken pipe: "close" follows and completes the counts.
    socket.on("error", () => undefined)
    socket.on("close", () => {
      this.settle()
      handlers.onShutdown(this)
    })
    front.onEvent({ type: "connected", session: this.number, peer: `${socket.remoteAddress}:${socket.remotePort}` })
  }

  get alive(): boolean {
    return !this.socket.destroyed
  }

  get silent(): boolean {
    return this.front.nowMs() < this.silentUntilMs
  }

  /** Logged in, subscribed to at least one instrument, and not silent: ticks may be sent. */
  get streaming(): boolean {
    return this.alive && this.loggedIn && this.subscribed.size > 0 && !this.silent
  }

  /** The socket or the slow line accepts no more now; `front.changed` reports the end of this. */
  get blocked(): boolean {
    return this.socket.writableNeedDrain || this.slowLine.waiting
  }

  send(...frames: ReadonlyArray<Buffer>): void {
    if (!this.alive || this.silent) return
    if (this.socket.writableLength + this.slowLine.bytes > waitingBytesMax) return this.cut()
    this.socket.cork()
    for (const bytes of frames) this.slowLine.write(bytes)
    this.socket.uncork()
    this.lastSentMs = this.front.nowMs()
  }

  /** Sends one TICKS frame. `payload`: whole ticks, at most 512; it must not change afterwards. */
  sendTicks(payload: Buffer, origin: TickOrigin): void {
    const { paced, sendingListSize, tally } = this.front
    const count = payload.length / wireTickBytes
    const counted = origin === "recording" || origin === "market" ? count : 0
    if (!paced && this.unflushed > sendingListSize) this.cut()
    if (!this.alive || this.silent) {
      tally.sentToDeadSession += counted
      return
    }
    this.unflushed += counted
    tally.unflushed += counted
    const flushed = (error?: Error | null) => {
      // After "close" the counts of this session are complete.
      if (this.closed || (error !== undefined && error !== null)) return
      tally.ticksSent[origin] += count
      this.unflushed -= counted
      tally.unflushed -= counted
      if (this.unflushed === 0) this.front.changed.notify()
    }
    this.socket.cork()
    this.slowLine.write(ticksHeader(count, payload.length))
    this.slowLine.write(payload, flushed)
    this.socket.uncork()
    this.lastSentMs = this.front.nowMs()
    if (counted > 0) this.recent.add(payload)
  }

  /** Sends raw bytes, for the fault `garbage`. */
  sendRaw(bytes: Buffer): void {
    this.slowLine.write(bytes)
  }

  repeatTicks(count: number): void {
    const payload = this.recent.last(count)
    for (let at = 0; at < payload.length; at += frameBytes) {
      this.sendTicks(payload.subarray(at, at + frameBytes), "duplicate")
    }
  }

  silence(untilMs: number): void {
    this.silentUntilMs = untilMs
    this.front.changed.notify()
  }

  /** Bytes a second from now on; undefined: no limit. */
  slow(bytesPerSecond: number | undefined): void {
    this.slowLine.limit(bytesPerSecond, this.front.nowMs())
    if (bytesPerSecond === undefined) this.front.changed.notify()
  }

  /** Lets through a slow line's share for the time since the last call. */
  pumpSlow(): boolean {
    if (!this.alive || !this.slowLine.limited) return false
    this.slowLine.pump(this.front.nowMs())
    if (!this.slowLine.waiting) this.front.changed.notify()
    return true
  }

  drop(): void {
    this.socket.destroy()
  }

  reset(): void {
    this.socket.resetAndDestroy()
  }

  /** Like a real front with a session that reads too slowly. */
  private cut(): void {
    this.front.tally.cutSlow++
    this.front.onEvent({ type: "cutSlow", session: this.number, listed: this.unflushed })
    this.socket.destroy()
  }

  private receive(piece: Buffer, handlers: SessionHandlers): void {
    try {
      this.decoder.push(piece, (type, body) => {
        // A silent front behaves like a hung one: requests meanwhile are lost.
        if (this.alive && !this.silent) handlers.onFrame(this, type, body)
      })
    } catch (error) {
      if (!(error instanceof BadFrame)) throw error
      this.front.tally.badMessages++
      this.front.onEvent({ type: "badMessage", session: this.number, reason: error.message })
      this.socket.destroy()
    }
  }

  private settle(): void {
    this.closed = true
    this.front.tally.unflushed -= this.unflushed
    this.front.tally.sentToDeadSession += this.unflushed
    this.unflushed = 0
    this.front.onEvent({ type: "disconnected", session: this.number })
  }
}

const frameBytes = frameTicksMax * wireTickBytes
