// C++ writes the ring and TypeScript reads it: one byte of disagreement would publish wrong prices.
import { execFileSync } from "node:child_process"
import { assert, beforeAll, describe, it } from "vitest"
import { double, recordBytes, word } from "../../../../../src/kernel/tick/tick-slab.ts"
import * as layout from "../../../../../src/market/adapters/ctp/ring-layout.ts"
import { buildNative, makeRing, nativeFile } from "../../../../support/native-worker.ts"

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

describe("layout", () => {
  let native: Record<string, number>
  beforeAll(() => {
    buildNative()
    const printed = execFileSync(nativeFile("tickd-feed-worker"), ["--print-layout"], { encoding: "utf8" })
    native = JSON.parse(printed) as Record<string, number>
  }, 120_000)

  it("gives every offset, kind and constant the value that the compiler gave it", () => {
    const expected: Record<string, number> = {
      headerBytes: layout.headerBytes,
      slotBytes: layout.slotBytes,
      textBytes: layout.textBytes,
      magic: layout.ringMagic,
      layoutVersion: layout.ringLayoutVersion,
      controlReserve: layout.controlReserve
    }
    const ofSlot = ["seq", "recvNs", "kind", "sym", "tradingDay", "actionDay", "updateSec", "updateMs", "volume", "aux"]
    for (const [name, at] of Object.entries(layout.header)) expected[`header.${snake(name)}`] = at
    for (const [name, at] of Object.entries(layout.slot)) {
      const scope = [...ofSlot, "text", "monoNs"].includes(name) ? "slot" : "tick"
      expected[`${scope}.${snake(name)}`] = at
    }
    for (const [name, value] of Object.entries(layout.controlKind)) {
      expected[`kind.${name.charAt(0).toUpperCase()}${name.slice(1)}`] = value
    }
    const ring = Object.entries(native).filter(([name]) => !/^(api|spi63|spi6315|spi65)\./.test(name))
    assert.deepStrictEqual(Object.fromEntries(ring), expected)
  })

  it("calls the vendor's methods in the slots that were measured", () => {
    const slots = (scope: string) =>
      Object.fromEntries(
        Object.entries(native).flatMap(([name, at]) =>
          name.startsWith(`${scope}.`) ? [[name.slice(scope.length + 1), at]] : []
        )
      )
    assert.deepStrictEqual(slots("api"), {
      Release: 0,
      Init: 1,
      Join: 2,
      GetTradingDay: 3,
      RegisterFront: 4,
      RegisterSpi: 7,
      SubscribeMarketData: 8,
      UnSubscribeMarketData: 9,
      ReqUserLogin: 12,
      ReqUserLogout: 13,
      ReqQryMulticastInstrument: 14
    })
    const first = {
      OnFrontConnected: 0,
      OnFrontDisconnected: 1,
      OnHeartBeatWarning: 2,
      OnRspUserLogin: 3,
      OnRspUserLogout: 4
    }
    assert.deepStrictEqual(slots("spi63"), {
      ...first,
      OnRspError: 5,
      OnRspSubMarketData: 6,
      OnRspUnSubMarketData: 7,
      OnRtnDepthMarketData: 10,
      OnRtnForQuoteRsp: 11
    })
    for (const family of ["spi6315", "spi65"])
      assert.deepStrictEqual(slots(family), {
        ...first,
        OnRspError: 6,
        OnRspSubMarketData: 7,
        OnRspUnSubMarketData: 8,
        OnRtnDepthMarketData: 11,
        OnRtnForQuoteRsp: 12
      })
  })

  it("agrees with the slab that the line moves ticks in", () => {
    const { slot } = layout
    assert.strictEqual(recordBytes, layout.slotBytes)
    assert.deepStrictEqual(
      [word.seqLow, word.recvNsLow, word.verdict, word.instrument, word.tradingDay, word.volume, word.exchange].map(
        (n) => 4 * n
      ),
      [slot.seq, slot.recvNs, slot.kind, slot.sym, slot.tradingDay, slot.volume, slot.aux]
    )
    assert.deepStrictEqual(
      [word.updateSec, word.updateMs, word.bidVolume1, word.askVolume1, word.monoNsLow].map((n) => 4 * n),
      [slot.updateSec, slot.updateMs, slot.bidVolume, slot.askVolume, slot.monoNs]
    )
    assert.deepStrictEqual(
      [double.last, double.average, double.bandLower, double.bidPrice1, double.askPrice1].map((n) => 8 * n),
      [slot.last, slot.average, slot.bandLower, slot.bidPrice, slot.askPrice]
    )
  })
})

/** A control slot written by hand. */
const controlSlot = (kind: number, aux: number, ...texts: ReadonlyArray<Uint8Array>) => {
  const bytes = new Uint8Array(2 * layout.slotBytes)
  const at = layout.slotBytes
  const view = new DataView(bytes.buffer, at)
  view.setBigUint64(layout.slot.seq, (1n << 32n) + 7n, true)
  view.setBigInt64(layout.slot.recvNs, 1_700_000_000_123_456_789n, true)
  view.setUint32(layout.slot.kind, kind, true)
  view.setInt32(layout.slot.aux, aux, true)
  view.setUint32(layout.slot.sym, 12, true)
  let to = at + layout.slot.text
  for (const text of texts) {
    bytes.set(text, to)
    to += text.length + 1
  }
  return layout.decodeControl(bytes, at)
}
const ascii = (text: string) => new TextEncoder().encode(text)

describe("decodeControl", () => {
  const at = { seq: 4294967303, receivedMs: 1_700_000_000_123.456 }

  it("reads the four texts of a login and its GBK message", () => {
    // 不合法 in GBK
    const message = Uint8Array.of(0xb2, 0xbb, 0xba, 0xcf, 0xb7, 0xa8)
    const event = controlSlot(layout.controlKind.login, 3, message, ascii("20261123"), ascii("08:59:01"), ascii("系统"))
    assert.deepStrictEqual(
      { ...event, systemName: "" },
      {
        ...at,
        kind: "login",
        errorId: 3,
        message: "不合法",
        tradingDay: "20261123",
        loginTime: "08:59:01",
        systemName: ""
      }
    )
  })

  it("does not throw at a message that was cut in the middle of a character", () => {
    const event = controlSlot(layout.controlKind.error, 90, Uint8Array.of(0xb2, 0xbb, 0xba))
    assert.isTrue(event.kind === "error" && event.message.startsWith("不"))
  })

  it("reads every other kind", () => {
    const k = layout.controlKind
    assert.deepStrictEqual(
      [
        controlSlot(k.connected, 5),
        controlSlot(k.disconnected, 0x1001),
        controlSlot(k.heartbeatWarning, 61),
        controlSlot(k.subscribed, 0, ascii("IF2612")),
        controlSlot(k.unsubscribed, 16, ascii("SP a2501&a2505"), ascii("no")),
        controlSlot(k.symbol, 0, ascii("rb2701")),
        controlSlot(k.logout, 0),
        controlSlot(k.returned, -2, ascii("subscribe")),
        controlSlot(k.ready, 65, ascii("v6.7.11_x")),
        controlSlot(99, 4)
      ],
      [
        { ...at, kind: "connected", folded: 5 },
        { ...at, kind: "disconnected", reason: 0x1001 },
        { ...at, kind: "heartbeatWarning", lapseSeconds: 61 },
        { ...at, kind: "subscribed", instrumentId: "IF2612", errorId: 0, message: "" },
        { ...at, kind: "unsubscribed", instrumentId: "SP a2501&a2505", errorId: 16, message: "no" },
        { ...at, kind: "symbol", sym: 12, instrumentId: "rb2701" },
        { ...at, kind: "logout", errorId: 0, message: "" },
        { ...at, kind: "returned", method: "subscribe", code: -2 },
        { ...at, kind: "ready", family: 65, apiVersion: "v6.7.11_x" },
        { ...at, kind: "unknown", number: 99, aux: 4 }
      ]
    )
  })
})

describe("createRing", () => {
  it("counts head and tail over 2^32, where the low word wraps", () => {
    const ring = makeRing(128, 2 ** 32 - 2)
    assert.strictEqual(ring.head(), 2 ** 32 - 2)
    // The producer publishes four slots, as C++ stores one 64-bit head.
    Atomics.store(ring.u64, layout.header.head / 8, (1n << 32n) + 2n)
    assert.strictEqual(ring.head(), 2 ** 32 + 2)
    assert.isFalse(ring.sleep())
    ring.setTail(2 ** 32 + 2)
    assert.strictEqual(ring.u64[layout.header.tail / 8], (1n << 32n) + 2n)
    assert.isTrue(ring.sleep())
    assert.strictEqual(ring.slotOffset(2 ** 32 + 2), layout.headerBytes + 2 * layout.slotBytes)
    ring.close()
  })

  it("refuses a capacity that is no power of two, by name", () => {
    assert.throws(() => makeRing(100), /a ring of 100 slots cannot be created: give a power of two/)
  })
})
