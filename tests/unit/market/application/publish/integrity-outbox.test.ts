// Integrity events go to two streams: a blocked one must not hold up the other.
import { assert, it } from "@effect/vitest"
import { Outbox } from "../../../../../src/market/application/publish/outbox.ts"
import type { IntegrityEvent, IntegrityPublisher } from "../../../../../src/market/ports/integrity-publisher.ts"

const certificate = (n: number): IntegrityEvent => ({ type: "certificate", subject: `md.certificate.${n}`, text: "{}" })
const quarantined = (seq: number): IntegrityEvent => ({
  type: "quarantined",
  tick: { feed: "primary", seq, reason: "unknown_instrument", instrument: "", receivedMs: 0, raw: new Uint8Array(320) }
})

it("R1: a quarantine that takes nothing holds up no certificate, and takes the room of none", () => {
  const sent: Array<string> = []
  let isDenied = true
  const publisher: IntegrityPublisher["Service"] = {
    hasRoom: ({ type }) => type !== "quarantined" || !isDenied,
    send: (event) => void sent.push(event.type === "quarantined" ? `tick ${event.tick.seq}` : event.type),
    drained: undefined as never
  }
  const outbox = new Outbox(3)
  for (let seq = 1; seq <= 5; seq++) outbox.offer(quarantined(seq))
  outbox.offer(certificate(1))
  outbox.flush(publisher)
  assert.deepStrictEqual(sent, ["certificate"])
  assert.deepStrictEqual([outbox.waiting, outbox.dropped, outbox.sent], [3, 2, 1])
  outbox.offer(certificate(2))
  isDenied = false
  outbox.flush(publisher)
  assert.deepStrictEqual(sent, ["certificate", "tick 1", "tick 2", "tick 3", "certificate"])
  assert.deepStrictEqual([outbox.waiting, outbox.sent], [0, 5])
})
