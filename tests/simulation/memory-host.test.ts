// The content of disk and bucket after a crash decides the laws that a simulated daemon must keep, so their
// simulations must follow the rules of the real ones.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { MemoryDisk } from "../../src/market/adapters/memory/memory-disk.ts"
import { MemoryEpochs } from "../../src/market/adapters/memory/memory-epochs.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const makeDisk = () => {
  const alarms: Array<() => void> = []
  const disk = new MemoryDisk((_, run) => void alarms.push(run))
  const files = disk.mount()
  const write = (fd: number, text: string, at: number) => files.write(fd, bytes(text), 0, text.length, at)
  return { disk, files, write, ring: () => alarms.splice(0).forEach((run) => run()) }
}
const textIn = (disk: MemoryDisk, path: string) => new TextDecoder().decode(disk.read(path))

describe("a disk in memory", () => {
  it("keeps the writes of a process after its end, and accepts none later", () => {
    const { disk, files, write } = makeDisk()
    const fd = files.open("/spool/a")
    write(fd, "whole", 0)
    write(fd, "H", 0)
    files.unmount()
    assert.strictEqual(textIn(disk, "/spool/a"), "Hhole")
    assert.throws(() => write(fd, "late", 5), "not open")
    const next = disk.mount()
    assert.deepStrictEqual(next.list("/spool"), ["a"])
    assert.strictEqual(next.size(next.open("/spool/a")), 5)
  })

  it("loses unforced writes with its power, in order and down to the middle of a write", () => {
    const { disk, files, write, ring } = makeDisk()
    const fd = files.open("/spool/a")
    write(fd, "forced", 0)
    files.syncLater(fd, () => undefined)
    // written during the sync: not covered
    write(fd, "-kept", 6)
    write(fd, "-torn", 11)
    write(fd, "-gone", 16)
    ring()
    // of three changes one is kept, and half of the next
    assert.strictEqual(
      disk.losePower(() => 0.49),
      8
    )
    assert.strictEqual(textIn(disk, "/spool/a"), "forced-kept-t")
  })

  it("loses a file whose name was never made safe", () => {
    const { disk, files, write } = makeDisk()
    write(files.open("/spool/a"), "x", 0)
    write(files.open("/spool/b"), "y", 0)
    files.syncFolder()
    write(files.open("/spool/c"), "z", 0)
    disk.losePower(() => 0)
    assert.deepStrictEqual([...disk.files.keys()], ["/spool/a", "/spool/b"])
  })

  it("accepts what fits when it is nearly full, and frees space with a file", () => {
    const { disk, files, write } = makeDisk()
    const fd = files.open("/spool/a")
    write(fd, "1234", 0)
    disk.freeBytes = 3
    assert.strictEqual(write(fd, "abcde", 4), 3)
    assert.throws(() => write(fd, "de", 7), "ENOSPC")
    assert.strictEqual(write(fd, "over", 0), 4)
    files.remove("/spool/a")
    assert.strictEqual(disk.freeBytes, 7)
  })

  it("lets a process die in the middle of a write", () => {
    const { disk, files, write } = makeDisk()
    const fd = files.open("/spool/a")
    let left = ""
    disk.dieInWrite = {
      share: 0.5,
      die: () => {
        left = textIn(disk, "/spool/a")
        files.unmount()
      }
    }
    assert.throws(() => write(fd, "abcdef", 0), "gone")
    assert.strictEqual(left, "abc")
    assert.throws(() => write(fd, "abcdef", 0), "not open")
  })
})

describe("a bucket in memory", () => {
  const makeEpochs = () => {
    const state = { isAway: false, silences: 0 }
    const epochs = new MemoryEpochs<string>({
      later: (_, run) => run(),
      isAway: () => state.isAway,
      timeoutMs: 1500,
      failure: (message) => message,
      onWrite: () => undefined,
      onSilence: () => void state.silences++
    })
    return { state, epochs }
  }
  const after = <A>(effect: Effect.Effect<A, string>, ms: number) =>
    Effect.gen(function* () {
      const fiber = yield* effect.pipe(
        Effect.catch((error) => Effect.succeed(error)),
        Effect.forkChild
      )
      yield* TestClock.adjust(ms)
      return yield* Fiber.join(fiber)
    })

  it.effect("compares and sets, notifies listeners, and can lose requests or answers", () =>
    Effect.gen(function* () {
      const { state, epochs } = makeEpochs()
      const store = epochs.over(() => true)
      const heard: Array<string> = []
      store.listen((text) => void heard.push(text))
      assert.strictEqual(yield* after(store.write("one", 0), 2), 1)
      assert.isUndefined(yield* after(store.write("other", 0), 2))
      assert.deepStrictEqual(yield* after(store.read, 2), { text: "one", revision: 1 })
      epochs.silence = "requests"
      assert.strictEqual(yield* after(store.write("two", 1), 1501), "timeout")
      assert.strictEqual(epochs.entry?.text, "one")
      // received and executed, without an answer
      epochs.silence = "answers"
      assert.strictEqual(yield* after(store.write("two", 1), 1502), "timeout")
      assert.strictEqual(epochs.entry?.text, "two")
      assert.deepStrictEqual(heard, ["one"])
      epochs.silence = "none"
      state.isAway = true
      assert.strictEqual(yield* after(store.read, 1501), "timeout")
      assert.isAbove(state.silences, 2)
      assert.strictEqual(yield* after(epochs.over(() => false).read, 1), "the connection is closed")
    })
  )
})
