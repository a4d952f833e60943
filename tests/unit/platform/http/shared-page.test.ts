// Rendering runs on the event loop of the ticks: fifty readers a second must not cost fifty renderings.
import { expect, it } from "vitest"
import { sharedPage } from "../../../../src/platform/http/shared-page.ts"

const limits = { reuseFactor: 10, reuseMostMs: 1000, giveUpMs: 10_000 }

/** A page whose renderings end by hand, and its clock. */
const handPage = () => {
  const clock = { ms: 0 }
  const going: Array<PromiseWithResolvers<string>> = []
  const read = sharedPage(
    () => {
      const rendering = Promise.withResolvers<string>()
      going.push(rendering)
      return rendering.promise
    },
    limits,
    () => clock.ms
  )
  return { clock, going, read }
}

it("renders a page once for all that ask meanwhile, and for ten times as long as it took", async () => {
  const { clock, going, read } = handPage()
  const first = [read(), read(), read()]
  clock.ms = 20
  going[0]?.resolve("one")
  expect(await Promise.all(first)).toEqual(["one", "one", "one"])
  clock.ms = 219
  expect(await read()).toBe("one")
  expect(going.length).toBe(1)
  clock.ms = 220
  const next = read()
  going[1]?.resolve("two")
  expect(await next).toBe("two")
})

it("gives out no page that is older than a second, however long its rendering took", async () => {
  const { clock, going, read } = handPage()
  const first = read()
  clock.ms = 5000
  going[0]?.resolve("slow")
  await first
  clock.ms = 5999
  expect(await read()).toBe("slow")
  clock.ms = 6000
  void read()
  expect(going.length).toBe(2)
})

it("keeps no failure, and waits for no rendering that hangs", async () => {
  const { clock, going, read } = handPage()
  const failed = read()
  going[0]?.reject(new Error("no status yet"))
  await expect(failed).rejects.toThrow("no status yet")
  void read()
  expect(going.length).toBe(2)
  clock.ms = 10_000
  const after = read()
  going[2]?.resolve("again")
  expect(await after).toBe("again")
})
