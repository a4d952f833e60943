// The daemon writes the protocol's bytes itself: a wrong length, or a block that is reused too early, corrupts all
// later ticks.

import { assert, describe, it } from "@effect/vitest"
import type { NatsConnection } from "@nats-io/transport-node"
import { makeFrameWriter } from "../../../../../src/market/adapters/jetstream/frame-writer.ts"

/** A connection with a blocked socket: pieces are kept as views, so that overwriting them shows. */
const makeConnection = () => {
  const pieces: Array<Uint8Array> = []
  const published: Array<string> = []
  let flushes = 0
  const connection = {
    info: { max_payload: 100_000 },
    isClosed: () => false,
    publish: (subject: string) => void published.push(subject),
    protocol: { sendCommand: (bytes: Uint8Array) => void pieces.push(bytes), flushPending: () => void flushes++ }
  }
  const text = () => Buffer.concat(pieces).toString()
  return { connection: connection as unknown as NatsConnection, pieces, published, text, flushes: () => flushes }
}

const turn = () => Promise.resolve()
const bytes = (text: string) => Buffer.from(text)

describe("frames", () => {
  it("are what the protocol asks for, with and without a reply subject, and go out once a turn", async () => {
    const { connection, pieces, text, flushes } = makeConnection()
    const frames = makeFrameWriter(connection)
    frames?.publish("md.tick.SHFE.rb2610", bytes("{}"), undefined)
    frames?.publish("md.tick.SHFE.rb2610", bytes("螺纹"), bytes("_INBOX.x.7 "))
    frames?.publish("a", new Uint8Array(0), undefined)
    frames?.publish("a", bytes("x".repeat(1234)), undefined)
    assert.strictEqual(pieces.length, 0)
    await turn()
    assert.strictEqual(
      text(),
      `PUB md.tick.SHFE.rb2610 2\r\n{}\r\nPUB md.tick.SHFE.rb2610 _INBOX.x.7 6\r\n螺纹\r\nPUB a 0\r\n\r\nPUB a 1234\r\n${"x".repeat(1234)}\r\n`
    )
    assert.deepStrictEqual([pieces.length, flushes()], [1, 1])
  })

  it("do not wait for the end of a long turn", () => {
    const { connection, pieces } = makeConnection()
    const frames = makeFrameWriter(connection)
    for (let n = 0; n < 100; n++) frames?.publish("a", bytes("x".repeat(1000)), undefined)
    assert.isAtLeast(pieces.length, 3)
  })

  it("write a block again only when the server has answered its last message", async () => {
    const { connection, pieces, text } = makeConnection()
    const frames = makeFrameWriter(connection)
    let expected = ""
    let counted = 0
    const send = async (count: number) => {
      for (let n = 0; n < count; n++) {
        const body = `${counted}:${"y".repeat(500 + (counted % 700))}`
        expected += `PUB s.${counted % 5} ${body.length}\r\n${body}\r\n`
        counted = frames?.publish(`s.${counted % 5}`, bytes(body), undefined) ?? 0
      }
      await turn()
    }
    await send(2000)
    assert.strictEqual(counted, 2000)
    assert.strictEqual(text(), expected, "nothing is answered, so nothing is written over")
    const blocks = new Set(pieces.map((piece) => piece.buffer))
    frames?.answered(counted)
    pieces.splice(0)
    expected = ""
    await send(1000)
    assert.isTrue(
      pieces.every((piece) => blocks.has(piece.buffer)),
      "what is answered is used again"
    )
    assert.strictEqual(text(), expected)
  })

  it("leave to the client what it refuses, and what is larger than a block to a block of its own", async () => {
    const { connection, published, pieces, text } = makeConnection()
    const frames = makeFrameWriter(connection)
    frames?.publish("a b", bytes("x"), undefined)
    frames?.publish("a", new Uint8Array(100_001), undefined)
    assert.deepStrictEqual(published, ["a b", "a"])
    ;(connection as unknown as { info: { max_payload: number } }).info.max_payload = 1_000_000
    const wide = makeFrameWriter(connection)
    wide?.publish("a", bytes("z".repeat(300_000)), undefined)
    wide?.publish("a", bytes("end"), undefined)
    await turn()
    assert.strictEqual(text(), `PUB a 300000\r\n${"z".repeat(300_000)}\r\nPUB a 3\r\nend\r\n`)
    assert.isAtLeast(pieces.length, 2)
  })

  it("are not written when the client's inside is another one", () => {
    assert.isUndefined(makeFrameWriter({ protocol: {} } as unknown as NatsConnection))
  })
})
