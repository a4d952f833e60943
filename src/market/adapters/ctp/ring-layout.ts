/**
 * The ring in TypeScript. Contract: `docs/reference/ring.md`. `tests/unit/market/adapters/ctp/ring-layout.test.ts`
 * proves that it equals `native/ring.h`. Offsets are in bytes, numbers little-endian.
 */
export const headerBytes = 4096
export const slotBytes = 320
export const textBytes = 264
/** `TRNG` */
export const ringMagic = 0x474e5254
export const ringLayoutVersion = 2
/** Minimum of slots that only control events may use; a thirty-second of the ring when that is more. */
export const controlReserve = 64
/** 2^16 slots are 21 MB: more than a second of the whole market at its busiest. */
export const defaultCapacity = 65_536

/** Offsets from the start of the mapping. */
export const header = {
  head: 0,
  tail: 64,
  sleeping: 128,
  dropTicks: 192,
  dropControl: 256,
  wakes: 320,
  ticks: 384,
  firstDropSeq: 448,
  lastDropSeq: 456,
  coalescedConnects: 512,
  coalescedDisconnects: 520,
  closed: 576,
  magic: 640,
  layoutVersion: 644,
  capacity: 648,
  slotSize: 652,
  pid: 656,
  epoch: 664,
  apiVersion: 672,
  heartbeats: 768,
  commands: 776
} as const

export const apiVersionBytes = 64

/** Offsets from the start of a slot. Level k (1..5) of a price is at + 8(k-1), of a volume at + 4(k-1). */
export const slot = {
  seq: 0,
  recvNs: 8,
  kind: 16,
  sym: 20,
  tradingDay: 24,
  actionDay: 28,
  updateSec: 32,
  updateMs: 36,
  volume: 40,
  aux: 44,
  /** Control slots: NUL-terminated strings one after the other. */
  text: 48,
  last: 48,
  preSettlement: 56,
  preClose: 64,
  preOpenInterest: 72,
  open: 80,
  high: 88,
  low: 96,
  turnover: 104,
  openInterest: 112,
  close: 120,
  settlement: 128,
  upperLimit: 136,
  lowerLimit: 144,
  preDelta: 152,
  currDelta: 160,
  average: 168,
  bandUpper: 176,
  bandLower: 184,
  bidPrice: 192,
  askPrice: 232,
  bidVolume: 272,
  askVolume: 292,
  monoNs: 312
} as const

export const controlKind = {
  tick: 1,
  connected: 2,
  disconnected: 3,
  heartbeatWarning: 4,
  login: 5,
  subscribed: 6,
  error: 7,
  symbol: 8,
  logout: 9,
  unsubscribed: 10,
  returned: 11,
  ready: 12
} as const

/** When it happened: `seq` of the last tick before it, and CLOCK_REALTIME in the callback as epoch milliseconds. */
interface At {
  readonly seq: number
  readonly receivedMs: number
}

interface Answer {
  readonly errorId: number
  readonly message: string
}

/**
 * Content of a control slot, by kind. `errorId` 0 is success; `reason` is CTP's (0x1001 read failed, 0x1002 write
 * failed, 0x2001 heartbeat timeout, 0x2002 heartbeat send failed, 0x2003 bad message); `code` of `returned` is the
 * return value of the vendor's method (0 sent, -1 not connected, -2 too many pending, -3 too many a second), or the
 * worker's own (-100, -101: a text that does not fit). `family` is 63, 6315 or 65.
 */
export type ControlEvent = At &
  (
    | { readonly kind: "connected"; readonly folded: number }
    | { readonly kind: "disconnected"; readonly reason: number }
    | { readonly kind: "heartbeatWarning"; readonly lapseSeconds: number }
    | ({ readonly kind: "login" } & Answer & {
          readonly tradingDay: string
          readonly loginTime: string
          readonly systemName: string
        })
    | ({ readonly kind: "logout" } & Answer)
    | ({ readonly kind: "error" } & Answer)
    | ({ readonly kind: "subscribed"; readonly instrumentId: string } & Answer)
    | ({ readonly kind: "unsubscribed"; readonly instrumentId: string } & Answer)
    | { readonly kind: "symbol"; readonly sym: number; readonly instrumentId: string }
    | { readonly kind: "returned"; readonly method: string; readonly code: number }
    | { readonly kind: "ready"; readonly family: number; readonly apiVersion: string }
    | { readonly kind: "unknown"; readonly number: number; readonly aux: number }
  )

/** Not fatal: the vendor cuts messages at 81 bytes, even in the middle of a character. */
const gbk = new TextDecoder("gb18030")

const strings = (bytes: Uint8Array, at: number): ReadonlyArray<string> => {
  const found: Array<string> = []
  const end = at + textBytes
  for (let from = at; from < end && found.length < 4; ) {
    const nul = bytes.indexOf(0, from)
    const to = nul < 0 || nul > end ? end : nul
    found.push(gbk.decode(bytes.subarray(from, to)))
    from = to + 1
  }
  return found
}

/**
 * Reads the control slot of 320 bytes at `offset`. Copies all that it returns, so the slot may be reused at once. An
 * unknown kind, or a tick, returns `unknown`; nothing is thrown.
 */
export const decodeControl = (bytes: Uint8Array, offset = 0): ControlEvent => {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, slot.monoNs + 8)
  const number = view.getUint32(slot.kind, true)
  const aux = view.getInt32(slot.aux, true)
  const at = {
    seq: view.getUint32(slot.seq + 4, true) * 4294967296 + view.getUint32(slot.seq, true),
    receivedMs: Number(view.getBigInt64(slot.recvNs, true) / 1000n) / 1000
  }
  const [first = "", second = "", third = "", fourth = ""] = strings(bytes, offset + slot.text)
  switch (number) {
    case controlKind.connected:
      return { ...at, kind: "connected", folded: aux }
    case controlKind.disconnected:
      return { ...at, kind: "disconnected", reason: aux }
    case controlKind.heartbeatWarning:
      return { ...at, kind: "heartbeatWarning", lapseSeconds: aux }
    case controlKind.login:
      return {
        ...at,
        kind: "login",
        errorId: aux,
        message: first,
        tradingDay: second,
        loginTime: third,
        systemName: fourth
      }
    case controlKind.logout:
      return { ...at, kind: "logout", errorId: aux, message: first }
    case controlKind.error:
      return { ...at, kind: "error", errorId: aux, message: first }
    case controlKind.subscribed:
      return { ...at, kind: "subscribed", instrumentId: first, errorId: aux, message: second }
    case controlKind.unsubscribed:
      return { ...at, kind: "unsubscribed", instrumentId: first, errorId: aux, message: second }
    case controlKind.symbol:
      return { ...at, kind: "symbol", sym: view.getUint32(slot.sym, true), instrumentId: first }
    case controlKind.returned:
      return { ...at, kind: "returned", method: first, code: aux }
    case controlKind.ready:
      return { ...at, kind: "ready", family: aux, apiVersion: first }
    default:
      return { ...at, kind: "unknown", number, aux }
  }
}
