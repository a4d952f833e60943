// A process that is killed has no last word: what the venue has, the book must know by what was written before.
import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { temporaryFolder } from "../../support/nats-server.ts"
import { startWorld } from "../../support/trading/order-world.ts"
import { makeScriptedVenue } from "../../support/trading/scripted-venue.ts"
import { until } from "../../support/until.ts"

const child = fileURLToPath(new URL("order-killed-child.ts", import.meta.url))
const linesOf = (path: string): ReadonlyArray<string> =>
  existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : []

it.live("after kill -9 every order of the venue is known, none was posted twice, and each has its actor", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const posts = join(folder, "posts")
    // Three lives over one file, each killed at another moment.
    for (const wanted of [5, 17, 30]) {
      const run = spawn(process.execPath, [child, folder], { stdio: "ignore" })
      const ended = new Promise<NodeJS.Signals | null>((resolve) => run.once("exit", (_, signal) => resolve(signal)))
      yield* until("POSTs", () => linesOf(posts).length >= wanted || run.exitCode !== null)
      run.kill("SIGKILL")
      assert.strictEqual(yield* Effect.promise(() => ended), "SIGKILL")
    }
    const sent = linesOf(posts)
    assert.strictEqual(new Set(sent).size, sent.length, "no POST twice")

    // The venue as the last life left it: it has what was posted.
    const venue = makeScriptedVenue()
    const world = yield* startWorld({ path: join(folder, "book.db"), venue })
    const working = yield* world.store.workingOrders
    for (const id of sent) {
      const order = Option.getOrThrow(yield* world.store.orderOf(id))
      assert.notStrictEqual(order.sending, "intended", id)
      assert.isTrue(world.supervision.states().has(id), id)
    }
    assert.strictEqual(world.supervision.states().size, working.length)
    assert.deepStrictEqual(venue.posts, [], "nothing is sent again")
    // Each answered order is in the book.
    for (const id of linesOf(join(folder, "answered"))) {
      if (sent.includes(id)) continue
      const order = yield* world.store.orderOf(id)
      if (Option.isSome(order)) assert.strictEqual(order.value.legs.size, 0, id)
    }
  })
)
