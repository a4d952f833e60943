// A front meets broken peers: whatever arrives, in whatever pieces, is a frame or a refusal, never a crash.
import { assert, describe, it } from "@effect/vitest"
import {
  BadFrame,
  FrameDecoder,
  frame,
  frameBytesMax,
  frameType,
  ticksHeader
} from "../../../../src/simulator/front/front-frame.ts"
import {
  instrumentRsps,
  readHello,
  readInstruments,
  readLogin,
  rejection,
  success
} from "../../../../src/simulator/front/front-message.ts"
import { encodeGbk } from "../../../../src/simulator/front/gbk.ts"
import { mix32 } from "../../../../src/simulator/market/seeded-random.ts"

const collect = (pieces: ReadonlyArray<Buffer>) => {
  const decoder = new FrameDecoder()
  const frames: Array<string> = []
  for (const piece of pieces) decoder.push(piece, (type, body) => frames.push(`${type}:${body.toString("hex")}`))
  return frames
}

describe("frames", () => {
  it("come out whole and in order however the bytes are cut", () => {
    const frames = Array.from({ length: 40 }, (_, i) => frame(1 + (i % 13), Buffer.alloc((i * 37) % 900, i)))
    const bytes = Buffer.concat(frames)
    const whole = collect([bytes])
    assert.strictEqual(whole.length, 40)
    for (let seed = 1; seed <= 30; seed++) {
      const pieces: Array<Buffer> = []
      for (let at = 0; at < bytes.length; ) {
        const length = 1 + (mix32(seed * 1000 + at) % (seed * 20))
        pieces.push(bytes.subarray(at, at + length))
        at += length
      }
      assert.deepStrictEqual(collect(pieces), whole, `seed ${seed}`)
    }
  })

  it("refuse a length of zero or over 16 MiB and accept the cap itself", () => {
    const header = (length: number) => {
      const bytes = Buffer.alloc(5)
      bytes.writeUInt32LE(length, 0)
      return bytes
    }
    assert.throws(() => collect([header(0)]), BadFrame)
    assert.throws(() => collect([header(frameBytesMax + 1)]), BadFrame)
    assert.deepStrictEqual(collect([header(frameBytesMax)]), [])
  })

  it("carry ticks with their count in front", () => {
    const header = ticksHeader(2, 816)
    assert.strictEqual(header.readUInt32LE(0), 1 + 4 + 816)
    assert.strictEqual(header[4], frameType.ticks)
    assert.strictEqual(header.readUInt32LE(5), 2)
  })
})

describe("bodies", () => {
  it("are refused when a text, a number or a count does not fit", () => {
    const u32 = (value: number) => {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32LE(value, 0)
      return bytes
    }
    assert.deepStrictEqual(readInstruments(Buffer.concat([u32(2), Buffer.from("rb2701\0m2701-C-3000\0")])), [
      "rb2701",
      "m2701-C-3000"
    ])
    assert.throws(() => readInstruments(Buffer.concat([u32(2), Buffer.from("rb2701\0")])), BadFrame)
    assert.throws(() => readInstruments(Buffer.concat([u32(1), Buffer.from("rb2701\0x\0")])), BadFrame)
    assert.throws(() => readInstruments(u32(4_000_000_000)), BadFrame)
    assert.throws(() => readHello(Buffer.from([1, 0])), BadFrame)
    assert.throws(() => readLogin(Buffer.concat([u32(1), Buffer.from("9999\0user\0secret")])), BadFrame)
  })

  it("acknowledge a long list in several frames", () => {
    const ids = Array.from({ length: 2_500 }, (_, i) => `rb${i}`)
    const frames = instrumentRsps(frameType.subscribeRsp, ids, success)
    assert.deepStrictEqual(
      frames.map((bytes) => bytes.readUInt32LE(5)),
      [1_000, 1_000, 500]
    )
  })

  it("carry messages in GBK", () => {
    const decoder = new TextDecoder("gb18030", { fatal: true })
    for (const id of [3, 6, 7, 8, 60, 75, 90, 131, 140, 141, 143, 144]) {
      const { message } = rejection(id)
      assert.strictEqual(decoder.decode(encodeGbk(message)), message)
      assert.isAtMost(encodeGbk(message).length, 80, "ErrorMsg has room for 80 bytes")
    }
    assert.deepStrictEqual([...encodeGbk("中a😀")], [0xd6, 0xd0, 0x61, 0x3f])
    assert.strictEqual(rejection(4097).message, "CTP:error 4097")
  })
})
