import { createServer, type Server, type Socket } from "node:net"

/**
 * Frames of docs/reference/front-protocol.md, deliberately written a second time: a test must not share the code that
 * it tests.
 */
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

export const frame = (type: number, ...parts: ReadonlyArray<number | string | Uint8Array>): Buffer => {
  const body = Buffer.concat(
    parts.map((part) => {
      if (typeof part === "string") return Buffer.from(`${part}\0`, "latin1")
      if (typeof part !== "number") return part
      const number = Buffer.alloc(4)
      number.writeInt32LE(part)
      return number
    })
  )
  const head = Buffer.alloc(5)
  head.writeUInt32LE(body.length + 1)
  head[4] = type
  return Buffer.concat([head, body])
}

/** A wire tick: 408 bytes in the layout of 6.3, every double DBL_MAX unless given by offset. */
export const wireTick = (fields: {
  readonly instrumentId: string
  readonly tradingDay?: string
  readonly exchangeId?: string
  readonly updateTime?: string
  readonly actionDay?: string
  readonly updateMs?: number
  readonly volume?: number
  readonly doubles?: Readonly<Record<number, number>>
  readonly integers?: Readonly<Record<number, number>>
}): Buffer => {
  const bytes = Buffer.alloc(408)
  const text = (at: number, size: number, value: string) => bytes.write(value.slice(0, size), at, "latin1")
  for (let at = 80; at < 208; at += 8) if (at !== 136) bytes.writeDoubleLE(Number.MAX_VALUE, at)
  for (let level = 0; level < 5; level++) {
    bytes.writeDoubleLE(Number.MAX_VALUE, 224 + 32 * level)
    bytes.writeDoubleLE(Number.MAX_VALUE, 240 + 32 * level)
  }
  bytes.writeDoubleLE(Number.MAX_VALUE, 384)
  text(0, 9, fields.tradingDay ?? "")
  text(9, 31, fields.instrumentId)
  text(40, 9, fields.exchangeId ?? "")
  text(208, 9, fields.updateTime ?? "")
  text(392, 9, fields.actionDay ?? "")
  bytes.writeInt32LE(fields.updateMs ?? 0, 220)
  bytes.writeInt32LE(fields.volume ?? 0, 136)
  for (const [at, value] of Object.entries(fields.doubles ?? {})) bytes.writeDoubleLE(value, Number(at))
  for (const [at, value] of Object.entries(fields.integers ?? {})) bytes.writeInt32LE(value, Number(at))
  return bytes
}

export const ticksFrame = (ticks: ReadonlyArray<Uint8Array>): Buffer => frame(frameType.ticks, ticks.length, ...ticks)

export interface ReceivedFrame {
  readonly type: number
  readonly body: Buffer
  /** NUL-terminated strings of the body after its first `skip` bytes. */
  readonly strings: (skip: number) => ReadonlyArray<string>
}

/** A front that sends nothing by itself; `onFrame` answers. */
export class TestFront {
  readonly frames: Array<ReceivedFrame> = []
  readonly sockets = new Set<Socket>()
  connections = 0
  private readonly server: Server
  onConnect: (socket: Socket) => void = () => {}
  onFrame: (frame: ReceivedFrame, socket: Socket) => void = () => {}

  private constructor(server: Server) {
    this.server = server
  }

  static open(port = 0): Promise<TestFront> {
    const server = createServer()
    const front = new TestFront(server)
    server.on("connection", (socket) => front.accept(socket))
    return new Promise((resume) => server.listen(port, "127.0.0.1", () => resume(front)))
  }

  get port(): number {
    return (this.server.address() as { port: number }).port
  }

  get address(): string {
    return `tcp://127.0.0.1:${this.port}`
  }

  send(bytes: Uint8Array): void {
    for (const socket of this.sockets) socket.write(bytes)
  }

  of(type: number): Array<ReceivedFrame> {
    return this.frames.filter((one) => one.type === type)
  }

  /** Accepts every login and acknowledges every subscription. */
  friendly(): this {
    this.onFrame = ({ type, body, strings }, socket) => {
      const request = body.length >= 4 ? body.readInt32LE(0) : 0
      if (type === frameType.login) {
        socket.write(frame(frameType.loginRsp, request, 0, "", "20261123", "09:00:01", "test front"))
      } else if (type === frameType.logout) socket.write(frame(frameType.logoutRsp, request, 0, ""))
      else if (type === frameType.subscribe || type === frameType.unsubscribe) {
        const ids = strings(4)
        socket.write(frame(type + 1, ids.length, ...ids.flatMap((id) => [id, 0, ""])))
      }
    }
    return this
  }

  close(): void {
    this.server.close()
    for (const socket of this.sockets) socket.destroy()
  }

  private accept(socket: Socket): void {
    this.connections++
    this.sockets.add(socket)
    socket.on("close", () => this.sockets.delete(socket))
    socket.on("error", () => {})
    let held = Buffer.alloc(0)
    socket.on("data", (chunk: Buffer) => {
      held = Buffer.concat([held, chunk])
      while (held.length >= 4 && held.length >= 4 + held.readUInt32LE(0)) {
        const end = 4 + held.readUInt32LE(0)
        const body = Buffer.from(held.subarray(5, end))
        const received: ReceivedFrame = {
          type: held[4] as number,
          body,
          strings: (skip) => body.subarray(skip).toString("latin1").split("\0").slice(0, -1)
        }
        held = held.subarray(end)
        this.frames.push(received)
        this.onFrame(received, socket)
      }
    })
    this.onConnect(socket)
  }
}
