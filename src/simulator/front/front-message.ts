import { BadFrame, frame, frameType } from "./front-frame.ts"
import { encodeGbk } from "./gbk.ts"

/** Reads a body from front to back; throws `BadFrame` when it is shorter or longer than its fields. */
class BodyReader {
  private at = 0
  private readonly body: Buffer

  constructor(body: Buffer) {
    this.body = body
  }

  u32(): number {
    if (this.at + 4 > this.body.length) throw new BadFrame("a body that ends inside a number")
    const value = this.body.readUInt32LE(this.at)
    this.at += 4
    return value
  }

  /** One NUL-terminated text, byte for byte (latin1), so that an id is echoed unchanged. */
  text(): string {
    const end = this.body.indexOf(0, this.at)
    if (end < 0) throw new BadFrame("a text without its NUL")
    const value = this.body.toString("latin1", this.at, end)
    this.at = end + 1
    return value
  }

  end(): void {
    if (this.at !== this.body.length) throw new BadFrame("a body with bytes left over")
  }
}

export const readHello = (body: Buffer) => {
  const reader = new BodyReader(body)
  const hello = { protocol: reader.u32(), family: reader.u32(), apiVersion: reader.text() }
  reader.end()
  return hello
}

export const readLogin = (body: Buffer) => {
  const reader = new BodyReader(body)
  const login = { request: reader.u32(), broker: reader.text(), user: reader.text(), password: reader.text() }
  reader.end()
  return login
}

export const readLogout = (body: Buffer) => {
  const reader = new BodyReader(body)
  const logout = { request: reader.u32(), broker: reader.text(), user: reader.text() }
  reader.end()
  return logout
}

/** Instrument ids of SUBSCRIBE and UNSUBSCRIBE. */
export const readInstruments = (body: Buffer): Array<string> => {
  const reader = new BodyReader(body)
  const count = reader.u32()
  if (count > body.length) throw new BadFrame("more instruments than bytes")
  const ids = Array.from({ length: count }, () => reader.text())
  reader.end()
  return ids
}

/** Result of a request: 0 is success. Source: error.xml of the vendor's documentation. */
export interface RspInfo {
  readonly errorId: number
  readonly message: string
}

export const success: RspInfo = { errorId: 0, message: "CTP:No Error" }

const knownMessages: ReadonlyMap<number, string> = new Map([
  [3, "CTP:不合法的登录"],
  [6, "CTP:还没有登录"],
  [7, "CTP:还没有初始化"],
  [8, "CTP:前置不活跃"],
  [60, "CTP:用户在线会话超出上限"],
  [75, "CTP:连续登录失败次数超限，登录被禁止"],
  [90, "CTP:查询未就绪，请稍后重试"],
  [131, "CTP:弱密码"],
  [140, "CTP:首次登录必须修改密码"],
  [141, "CTP:密码已过期"],
  [143, "CTP:IP地址被禁止"],
  [144, "CTP:IP地址在黑名单中"]
])

export const rejection = (errorId: number): RspInfo => ({
  errorId,
  message: knownMessages.get(errorId) ?? `CTP:error ${errorId}`
})

const nul = Buffer.alloc(1)
const number = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32LE(value | 0, 0)
  return bytes
}
const infoParts = (info: RspInfo) => [number(info.errorId), encodeGbk(info.message), nul]
const plain = (text: string) => [Buffer.from(text, "latin1"), nul]

export const loginRsp = (
  request: number,
  info: RspInfo,
  login: { readonly tradingDay: string; readonly loginTime: string; readonly systemName: string }
): Buffer =>
  frame(
    frameType.loginRsp,
    Buffer.concat([
      number(request),
      ...infoParts(info),
      ...plain(login.tradingDay),
      ...plain(login.loginTime),
      ...plain(login.systemName)
    ])
  )

export const logoutRsp = (request: number, info: RspInfo): Buffer =>
  frame(frameType.logoutRsp, Buffer.concat([number(request), ...infoParts(info)]))

export const pace = (on: boolean): Buffer => frame(frameType.pace, number(on ? 1 : 0))

export const heartbeat: Buffer = frame(frameType.heartbeat, new Uint8Array(0))

/** Instruments in one acknowledgement: a long list is answered in several frames, as by a real front. */
const acknowledgedPerFrame = 1_000

/** SUBSCRIBE_RSP or UNSUBSCRIBE_RSP frames for a list of instruments with the same result. */
export const instrumentRsps = (
  type: typeof frameType.subscribeRsp | typeof frameType.unsubscribeRsp,
  ids: ReadonlyArray<string>,
  info: RspInfo
): Array<Buffer> => {
  const result = Buffer.concat(infoParts(info))
  const frames: Array<Buffer> = []
  for (let start = 0; start < ids.length; start += acknowledgedPerFrame) {
    const some = ids.slice(start, start + acknowledgedPerFrame)
    frames.push(frame(type, Buffer.concat([number(some.length), ...some.flatMap((id) => [...plain(id), result])])))
  }
  return frames
}
