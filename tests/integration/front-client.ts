import { connect, type Socket } from "node:net"
import { Effect } from "effect"
import { type FrontHandle, startFront } from "../../src/simulator/front/front.ts"
import type { FrontError } from "../../src/simulator/front/front-error.ts"
import { FrameDecoder, frame, frameType } from "../../src/simulator/front/front-frame.ts"
import type { FrontOptions } from "../../src/simulator/front/front-options.ts"
import { wireTickBytes } from "../../src/simulator/front/wire-tick.ts"

export interface ReceivedFrame {
  readonly type: number
  readonly body: Buffer
}

const text = (value: string) => Buffer.from(`${value}\0`, "latin1")
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value, 0)
  return bytes
}

/** A small library: speaks docs/reference/front-protocol.md and keeps everything that it received. */
export class FrontClient {
  readonly socket: Socket
  readonly frames: Array<ReceivedFrame> = []
  readonly ticks: Array<Buffer> = []
  closed = false
  /** Error code of the connection: undefined for an orderly end. */
  errorCode: string | undefined
  private badFrame = false
  private readonly watchers = new Set<() => void>()

  constructor(port: number) {
    const decoder = new FrameDecoder()
    this.socket = connect(port, "127.0.0.1")
    this.socket.on("data", (piece: Buffer) => {
      try {
        decoder.push(piece, (type, body) => this.keep(type, Buffer.from(body)))
      } catch {
        this.badFrame = true
        this.socket.destroy()
      }
      this.tell()
    })
    this.socket.on("error", (error: NodeJS.ErrnoException) => {
      this.errorCode = error.code
    })
    this.socket.on("close", () => {
      this.closed = true
      this.tell()
    })
  }

  get sawGarbage(): boolean {
    return this.badFrame
  }

  send(type: number, ...parts: ReadonlyArray<Buffer>): void {
    this.socket.write(frame(type, Buffer.concat(parts)))
  }

  hello(protocol = 1, family = 65): void {
    this.send(frameType.hello, u32(protocol), u32(family), text("v6.7.11_test"))
  }

  login(request = 1): void {
    this.send(frameType.login, u32(request), text("9999"), text("user"), text("secret"))
  }

  logout(request = 2): void {
    this.send(frameType.logout, u32(request), text("9999"), text("user"))
  }

  subscribe(ids: ReadonlyArray<string>, type: number = frameType.subscribe): void {
    this.send(type, u32(ids.length), ...ids.map(text))
  }

  /** Hello, login, subscribe; waits for every answer. */
  async start(ids: ReadonlyArray<string>): Promise<this> {
    this.hello()
    this.login()
    await this.frame(frameType.loginRsp)
    if (ids.length > 0) {
      this.subscribe(ids)
      await this.frame(frameType.subscribeRsp)
    }
    return this
  }

  of(type: number): Array<ReceivedFrame> {
    return this.frames.filter((received) => received.type === type)
  }

  async frame(type: number, count = 1): Promise<ReceivedFrame> {
    await this.until(() => this.of(type).length >= count, `frame ${type}`)
    return this.of(type)[count - 1] as ReceivedFrame
  }

  /** Waits for a condition. The limit is generous, because the machine may be busy. */
  until(condition: () => boolean, what: string, waitMs = 15_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (end: () => void) => {
        clearTimeout(timer)
        this.watchers.delete(look)
        end()
      }
      const look = () => {
        if (condition()) finish(resolve)
      }
      const timer = setTimeout(() => finish(() => reject(new Error(`never came: ${what}`))), waitMs)
      this.watchers.add(look)
      look()
    })
  }

  close(): void {
    this.socket.destroy()
  }

  private keep(type: number, body: Buffer): void {
    if (type !== frameType.ticks) {
      this.frames.push({ type, body })
      return
    }
    const count = body.readUInt32LE(0)
    if (body.length !== 4 + count * wireTickBytes) throw new Error("a TICKS frame whose count is wrong")
    for (let i = 0; i < count; i++) {
      this.ticks.push(body.subarray(4 + i * wireTickBytes, 4 + (i + 1) * wireTickBytes))
    }
  }

  private tell(): void {
    for (const look of this.watchers) look()
  }
}

/** The NUL-terminated texts of a body from `at` on, decoded from GBK. */
export const textsOf = (body: Buffer, at: number): Array<string> =>
  new TextDecoder("gb18030").decode(body.subarray(at)).split("\0").slice(0, -1)

/** InstrumentID of a tick. */
export const idOf = (tick: Buffer): string => tick.toString("latin1", 9, 40).replace(/\0.*$/s, "")

/** Waits some milliseconds, for events that must not happen meanwhile. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits for a count of the front. */
export const eventually = async (condition: () => boolean, what: string, waitMs = 15_000): Promise<void> => {
  for (const endMs = Date.now() + waitMs; !condition(); await pause(5)) {
    if (Date.now() > endMs) throw new Error(`never came true: ${what}`)
  }
}

/** A front for the length of `body`, which gets a maker of clients; all of them are closed at the end. */
export const withFront = (
  options: FrontOptions,
  body: (front: FrontHandle, connect: () => FrontClient) => Promise<void>
): Effect.Effect<void, FrontError> =>
  Effect.gen(function* () {
    const front = yield* startFront(options)
    const clients: Array<FrontClient> = []
    const made = () => {
      const client = new FrontClient(front.port)
      clients.push(client)
      return client
    }
    yield* Effect.promise(() =>
      body(front, made).finally(() => {
        for (const client of clients) client.close()
      })
    )
  }).pipe(Effect.scoped)
