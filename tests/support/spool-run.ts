import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import type { AckedPublisherOptions } from "../../src/market/adapters/jetstream/acked-publisher.ts"
import { LinkError } from "../../src/market/adapters/jetstream/publish-errors.ts"
import { makeSpoolingPublisher } from "../../src/market/adapters/jetstream/spooling-publisher.ts"
import { openSpool } from "../../src/market/adapters/spool/open-spool.ts"
import type { SpoolDrop, SpoolEvent } from "../../src/market/ports/tick-spool.ts"
import type { FakeStream } from "./nats-fake-stream.ts"

/** Folders of one test, deleted with its scope. */
export const spoolFolders = Effect.acquireRelease(
  Effect.sync(() => {
    const root = mkdtempSync(join(tmpdir(), "tickd-spool-"))
    let made = 0
    return { root, next: () => join(root, String(++made)) }
  }),
  ({ root }) => Effect.sync(() => rmSync(root, { recursive: true, force: true }))
)

/** Virtual time in small steps; real microtasks, in which answers are settled, run in between. */
export const pass = Effect.fnUntraced(function* (ms: number) {
  for (let at = 0; at < ms; at += 10) {
    yield* TestClock.adjust(10)
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
  }
})

export type SpoolOptions = Parameters<typeof openSpool>[0]

export const spoolOptions = (folder: string, more: Partial<SpoolOptions> = {}): SpoolOptions => ({
  folder,
  identity: { stream: "MD_TICKS", contentType: "application/json" },
  maxBytes: 64 * 1024 * 1024,
  fsync: "never",
  overflow: "drop-newest",
  onEvent: () => undefined,
  onDropped: () => undefined,
  ...more
})

/** One run of a daemon's publisher over a fake stream. `away`: the broker accepts no connection. */
export const startSpooling = Effect.fnUntraced(function* (
  stream: FakeStream,
  broker: { away: boolean },
  folder: string,
  more: Partial<SpoolOptions> = {},
  publishing: Partial<AckedPublisherOptions & { readonly afterMs: number }> = {}
) {
  const scope = yield* Scope.make()
  const told: Array<number> = []
  const events: Array<SpoolEvent> = []
  const drops: Array<SpoolDrop> = []
  const spool = yield* openSpool(
    spoolOptions(folder, {
      ...more,
      onEvent: (event) => void events.push(event),
      onDropped: (drop) => void drops.push(drop)
    })
  ).pipe(Scope.provide(scope))
  const publisher = yield* makeSpoolingPublisher({
    connect: Effect.die("the fake opens the link"),
    stream: {},
    openLink: (link) =>
      Effect.suspend(() =>
        broker.away
          ? Effect.fail(new LinkError({ code: "NATS_UNREACHABLE", message: "away", retryable: true }))
          : stream.open(link)
      ),
    window: 32,
    ackTimeoutMs: 2000,
    backoffCapMs: 200,
    spool,
    afterMs: 200,
    onSpool: (event) => void events.push(event),
    onStored: (_, token) => void told.push(token),
    ...publishing
  })
  const fiber = yield* publisher.run.pipe(Effect.delay(1), Scope.provide(scope), Effect.forkIn(scope))
  yield* pass(10)
  return {
    publisher,
    told,
    events,
    drops,
    spool,
    /** Ends it like a stop. */
    stop: Effect.andThen(Fiber.interrupt(fiber), Scope.close(scope, Exit.void)),
    /** Ends it like a kill -9: `into` gets the files as they are at this moment. */
    crash: (into: string) =>
      Effect.gen(function* () {
        cpSync(folder, into, { recursive: true, filter: (path) => !path.endsWith("lock") })
        yield* Fiber.interrupt(fiber)
        yield* Scope.close(scope, Exit.void)
      })
  }
})
