// The book of orders says what was sent. Its copy must be one moment of it, taken while orders are written, and a
// restored book must not get the log of another one.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { createBackup } from "../../../src/ops/layers/backup/create-backup.ts"
import { restoreBackup } from "../../../src/ops/layers/backup/restore-backup.ts"
import { verifiedBackup } from "../../../src/ops/layers/backup/verify-backup.ts"
import { makeAuditFile } from "../../../src/platform/audit/audit-file.ts"
import type { AuditEntry } from "../../../src/protocol/control/command.ts"
import { layer as openStore } from "../../../src/trading/adapters/store/open-store.ts"
import { intendedOrder } from "../../../src/trading/domain/order/order.ts"
import { OrderStore } from "../../../src/trading/ports/order-store.ts"
import { decimal, proposal } from "../../support/trading/gate-view.ts"

const folders = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-backup-orders-"))),
    (root) => Effect.sync(() => rmSync(root, { recursive: true, force: true }))
  ),
  (root) => {
    const own = { state: join(root, "state"), run: join(root, "run"), logs: join(root, "logs") }
    mkdirSync(join(own.state, "trade"), { recursive: true })
    return { root, own, book: join(own.state, "trade", "orders.db") }
  }
)
const openBook = Effect.fnUntraced(function* (path: string) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const store = Context.get(yield* Layer.buildWithScope(openStore({ kind: "sqlite", path }), scope), OrderStore)
  return { store, end: Scope.close(scope, Exit.void) }
})
const record = (store: OrderStore["Service"], id: string) =>
  store.recordIntent(intendedOrder(id, "h", proposal({ quantity: decimal("1") }).request, 1n), undefined)
const idsOf = (store: OrderStore["Service"]) =>
  Effect.map(store.latestOrders(500), (orders) => orders.map(({ clientOrderId }) => clientOrderId).toReversed())
const armed: AuditEntry = {
  version: 2,
  id: "a1",
  at: "2026-12-01T14:00:00.000Z",
  instance: "t",
  verb: "arm",
  result: "done",
  request: {},
  request_id: null,
  reason: "test",
  by: { user: "ops", host: "a", client: "test" },
  code: null,
  message: "armed"
}

it.live("a backup of a book that is being written has its first orders, all whole, and comes back", () =>
  Effect.gen(function* () {
    const { root, own, book } = yield* folders
    const { store, end } = yield* openBook(book)
    for (let at = 0; at < 50; at++) yield* record(store, `before${at}`)
    // Who commanded what of trading: beside the book, and not in it.
    yield* makeAuditFile(join(own.state, "trade", "audit.jsonl")).append(armed)
    const writer = yield* Effect.forkChild(
      Effect.forEach(
        Array.from({ length: 200 }, (_, at) => `while${at}`),
        (id) => Effect.andThen(record(store, id), Effect.sleep(1)),
        { discard: true }
      )
    )
    yield* Effect.sleep(20)
    const backup = join(root, "backup")
    const request = { folders: own, instance: "t", keep: undefined, nowMs: Date.now(), connection: undefined }
    const { manifest } = yield* createBackup({ ...request, folder: backup })
    assert.deepStrictEqual(
      manifest.items.map(({ kind, path }) => [kind, path]),
      [
        ["audit", "state/trade/audit.jsonl"],
        ["orders", "state/trade/orders.db"]
      ]
    )
    assert.strictEqual(manifest.items[0]?.chain?.entries, 1)
    yield* Fiber.join(writer)
    const opened = yield* verifiedBackup(backup)
    const target = { folders: own, instance: "t", spool: join(root, "spool"), connection: undefined, replicas: 1 }
    const options = { dryRun: false, force: true, nowMs: Date.now() }
    const running = yield* Effect.flip(restoreBackup(opened, target, options))
    assert.strictEqual(running.code, "BACKUP_DAEMON_RUNS")
    assert.match(running.message, /holds the book of orders/)
    const all = yield* idsOf(store)
    yield* end

    // A killed program leaves its log behind: here of a book with other orders.
    writeFileSync(`${book}-wal`, "the log of another book")
    yield* restoreBackup(opened, target, options)
    assert.isFalse(existsSync(`${book}-wal`))
    const restored = yield* openBook(book)
    const ids = yield* idsOf(restored.store)
    assert.isAtLeast(ids.length, 50)
    assert.isBelow(ids.length, 250)
    assert.deepStrictEqual(ids, all.slice(0, ids.length))
    assert.strictEqual((yield* record(restored.store, "after")).type, "stored")
  })
)

it.live("a damaged book is not copied: the last good backup stays the newest", () =>
  Effect.gen(function* () {
    const { root, own, book } = yield* folders
    const { store, end } = yield* openBook(book)
    for (let at = 0; at < 50; at++) yield* record(store, `c${at}`)
    yield* end
    const bytes = readFileSync(book)
    writeFileSync(book, Buffer.concat([bytes.subarray(0, 8192), Buffer.alloc(bytes.length - 8192, 7)]))
    const request = { folders: own, instance: "t", keep: undefined, nowMs: Date.now(), connection: undefined }
    const error = yield* Effect.flip(createBackup({ ...request, folder: join(root, "backup") }))
    assert.strictEqual(error.code, "BACKUP_UNREADABLE")
    assert.match(error.message, /orders\.db is damaged/)
    assert.isFalse(existsSync(join(root, "backup")))
  })
)
