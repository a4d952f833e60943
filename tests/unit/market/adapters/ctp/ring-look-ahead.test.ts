// An outage of the broker must not hide a lost front: the session is informed while its ticks still wait in the ring.
import { beforeEach, describe, expect, it } from "vitest"
import { TickSlab } from "../../../../../src/kernel/tick/tick-slab.ts"
import {
  type ControlEvent,
  controlKind,
  header,
  slot,
  slotBytes
} from "../../../../../src/market/adapters/ctp/ring-layout.ts"
import { RingReader } from "../../../../../src/market/adapters/ctp/ring-reader.ts"
import type { SharedRing } from "../../../../../src/market/adapters/ctp/shared-ring.ts"
import { makeRing } from "../../../../support/native-worker.ts"

let ring: SharedRing
let reader: RingReader
let room = 0
let log: Array<string> = []
let roomWanted: (() => void) | undefined
let timers: Array<() => void> = []

beforeEach(() => {
  ring = makeRing(128)
  room = 0
  log = []
  roomWanted = undefined
  timers = []
  const slab = new TickSlab(4096)
  const name = (event: ControlEvent) => event.kind
  reader = new RingReader({
    ring,
    intake: {
      room: () => room,
      slab: () => slab,
      accept: (rows, start) => {
        const count = rows.used - start
        room -= count
        log.push(`${count} ticks`)
      },
      whenRoom: (call) => {
        roomWanted = call
      }
    },
    onControl: (event) => void log.push(name(event)),
    onReached: (event) => void log.push(`reached ${name(event)}`),
    onTicks: () => undefined,
    later: (resume) => void timers.push(resume)
  })
})

const publish = (...kinds: ReadonlyArray<keyof typeof controlKind>) => {
  for (const kind of kinds) {
    const head = ring.head()
    const at = ring.slotOffset(head)
    ring.bytes.fill(0, at, at + slotBytes)
    ring.u32[(at + slot.kind) / 4] = controlKind[kind]
    ring.u32[header.head / 4] = head + 1
  }
}
const passTime = () => {
  for (const resume of timers.splice(0)) resume()
}
const makeRoom = (slots: number) => {
  room = slots
  const call = roomWanted
  roomWanted = undefined
  call?.()
  passTime()
}
const taken = () => log.splice(0)

describe("while the intake has no room", () => {
  it("reports events behind the ticks at once, and later ones within one scan", () => {
    publish("tick", "disconnected", "tick", "connected")
    reader.drain()
    expect(taken()).toEqual(["disconnected", "connected"])
    publish("login", "tick", "symbol")
    expect(taken()).toEqual([])
    passTime()
    expect(taken()).toEqual(["login"])
    passTime()
    expect(taken()).toEqual([])
  })

  it("reports each once and takes the ticks in their order, marks of the ring between them", () => {
    publish("tick", "tick", "disconnected", "tick")
    reader.drain()
    expect(taken()).toEqual(["disconnected"])
    reader.afterUnread(() => log.push("mark"))
    publish("login", "tick")
    makeRoom(100)
    expect(taken()).toEqual(["login", "2 ticks", "reached disconnected", "1 ticks", "mark", "reached login", "1 ticks"])
    reader.afterUnread(() => log.push("at once"))
    expect(taken()).toEqual(["at once"])
  })

  it("scans no more once there is room, and again when there is none", () => {
    publish("tick")
    reader.drain()
    makeRoom(1)
    publish("tick", "disconnected")
    passTime()
    expect(taken()).toEqual(["1 ticks", "disconnected"])
    makeRoom(1)
    expect(taken()).toEqual(["1 ticks", "reached disconnected"])
    while (timers.length > 0) passTime()
    expect(ring.u32[header.sleeping / 4]).toBe(1)
  })

  it("reports what a worker left at that worker's end", () => {
    publish("tick")
    reader.drain()
    publish("ready")
    reader.drain()
    expect(taken()).toEqual(["ready"])
  })
})
