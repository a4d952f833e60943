// A spool is read after crashes: of a torn or damaged one, exactly the whole records before the damage must be
// returned.
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  frameBytes,
  frameLength,
  isWholeFrame,
  readFrame,
  writeFrame
} from "../../../../../src/market/adapters/spool/frame.ts"
import { readSegmentHead, scanFrames, segmentHead } from "../../../../../src/market/adapters/spool/segment.ts"

const Frames = Schema.NonEmptyArray(
  Schema.Struct({
    subject: Schema.String.check(Schema.isPattern(/^[a-z.]{1,20}$/)),
    payload: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))),
    token: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })),
    stampMs: Schema.Finite,
    feedSeq: Schema.Int,
    receivedMs: Schema.Finite
  })
)

const written = (frames: typeof Frames.Type) => {
  const bytes = Buffer.alloc(
    frames.reduce((sum, frame) => sum + frameBytes(frame.subject.length, frame.payload.length), 0)
  )
  const ends: Array<number> = []
  let at = 0
  for (const frame of frames) {
    const payload = Uint8Array.from(frame.payload)
    at = writeFrame(bytes, at, frame.subject, payload, frame.token, frame.stampMs, frame.feedSeq, frame.receivedMs)
    ends.push(at)
  }
  return { bytes, ends }
}

const few: typeof Frames.Type = [
  { subject: "md.tick", payload: [1, 2, 3], token: 0, stampMs: 1.5, feedSeq: 7, receivedMs: 1000.25 },
  { subject: "a", payload: [], token: 255, stampMs: 0, feedSeq: 0, receivedMs: 0 },
  { subject: "md.tick.x", payload: [0, 0, 0, 0], token: 1, stampMs: 2, feedSeq: 8, receivedMs: 1001 }
]

const countIn = (bytes: Buffer) => {
  let count = 0
  const end = scanFrames(bytes, 0, () => void count++)
  return { count, end }
}

describe("frames", () => {
  it.prop("come back as they were written", [Frames], ([frames]) => {
    const { bytes, ends } = written(frames)
    let at = 0
    for (const [index, frame] of frames.entries()) {
      assert.isTrue(isWholeFrame(bytes, at))
      const read = readFrame(bytes, at)
      assert.deepStrictEqual({ ...read, payload: [...read.payload] }, { ...frame, payload: [...frame.payload] })
      at += frameLength(bytes, at)
      assert.strictEqual(at, ends[index])
    }
    assert.deepStrictEqual(countIn(bytes), { count: frames.length, end: bytes.length })
  })

  it("cut at every byte leave the whole ones in front", () => {
    const { bytes, ends } = written(few)
    for (let length = 0; length <= bytes.length; length++) {
      const whole = ends.filter((end) => end <= length)
      assert.deepStrictEqual(countIn(bytes.subarray(0, length)), { count: whole.length, end: whole.at(-1) ?? 0 })
    }
  })

  it("with any one bit flipped end in front of it", () => {
    const { bytes, ends } = written(few)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Buffer.from(bytes)
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7))
      const whole = ends.filter((end) => end <= bit >> 3)
      assert.deepStrictEqual(countIn(damaged), { count: whole.length, end: whole.at(-1) ?? 0 }, `bit ${bit}`)
    }
  })

  it("do not begin in zeros, which a file system puts where a crash left a hole", () => {
    assert.deepStrictEqual(countIn(Buffer.alloc(4096)), { count: 0, end: 0 })
  })

  it("stand behind a head that says whose they are, whole or not at all", () => {
    const identity = { stream: "MD_TICKS", contentType: "application/json" }
    const head = segmentHead(identity)
    assert.deepStrictEqual(readSegmentHead(head), { identity, length: head.length })
    for (let length = 0; length < head.length; length++) {
      assert.isUndefined(readSegmentHead(head.subarray(0, length)))
    }
  })
})
