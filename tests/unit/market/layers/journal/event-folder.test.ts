// A bad night must not erase its own history: a subject of MD_EVENTS keeps 200,000 events, and eight days must fit.
import { afterEach, assert, beforeEach, it, vi } from "vitest"
import { type ActorChange, EventFolder } from "../../../../../src/market/layers/journal/event-folder.ts"
import { eventMaxAgeMs } from "../../../../../src/protocol/market/event.ts"
import { eventOptions } from "../../../../../src/protocol/market/streams.ts"

beforeEach(() => vi.useFakeTimers({ now: 0 }))
afterEach(() => vi.useRealTimers())

const make = () => {
  const events: Array<{ readonly from: string; readonly to: string; readonly n: number; readonly count: number }> = []
  const folder = new EventFolder(({ actor, from }, count) =>
    events.push({ from, to: actor.state, n: Number(actor.context["n"]), count })
  )
  let state = ""
  let n = 0
  const step = (to: string, actor = "session-primary") => {
    const from = state
    state = to
    n++
    folder.note({
      type: "transition",
      atMs: Date.now(),
      from,
      actor: { actor, state: to, context: { n } }
    } as unknown as ActorChange)
  }
  return { events, folder, step, steps: () => n, counted: () => events.reduce((sum, { count }) => sum + count, 0) }
}

it("V4: link flaps within one state are an event a second, then fewer, with every flap counted and the newest kept", () => {
  const { counted, events, step, steps } = make()
  step("backingOff")
  for (let ms = 0; ms < 60_000; ms += 10) {
    step("backingOff")
    vi.advanceTimersByTime(10)
  }
  vi.advanceTimersByTime(60_000)
  assert.isAtMost(events.length, 15)
  assert.strictEqual(counted(), steps())
  assert.strictEqual(events.at(-1)?.n, steps())
})

it("V4: eight days of flaps, fast or once a second, leave room in the subject for the steps that count", () => {
  for (const everyMs of [200, 1000]) {
    const { counted, events, step, steps } = make()
    const hours = 4
    for (let ms = 0; ms < hours * 3_600_000; ms += everyMs) {
      step("resting")
      vi.advanceTimersByTime(everyMs)
    }
    vi.advanceTimersByTime(10_000)
    const inAllDays = (events.length * eventMaxAgeMs) / (hours * 3_600_000)
    assert.isBelow(inAllDays, eventOptions.maxPerSubject / 2)
    assert.strictEqual(counted(), steps())
  }
})

it("V4: a step to another state is an event at once, behind what waited, and another machine's steps are its own", () => {
  const { events, step } = make()
  for (let flap = 0; flap < 10; flap++) step("backingOff")
  step("connecting")
  assert.deepStrictEqual(
    events.map(({ from, to, n, count }) => `${n} ${from}>${to} ${count}`),
    [
      "1 >backingOff 1",
      "2 backingOff>backingOff 1",
      "3 backingOff>backingOff 1",
      "10 backingOff>backingOff 7",
      "11 backingOff>connecting 1"
    ]
  )
  step("connecting", "session-backup")
  assert.strictEqual(events.at(-1)?.n, 12)
})

it("V4: a machine gone wild is folded too, in order", () => {
  const { counted, events, folder, step, steps } = make()
  for (let at = 0; at < 600_000; at++) {
    step(at % 3 === 0 ? "up" : "down")
    if (at % 10 === 0) vi.advanceTimersByTime(1)
  }
  folder.flush()
  assert.isBelow(events.length, 31_000)
  assert.strictEqual(counted(), steps())
  assert.isTrue(events.every(({ n }, at) => at === 0 || n > (events[at - 1]?.n ?? 0)))
})
