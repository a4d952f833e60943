// The book is what is left after a crash: what it says was sent, was sent once.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { layer as sqlite } from "../../../../../src/platform/sql/sqlite-client.ts"
import { layer as store } from "../../../../../src/trading/adapters/store/order-store.ts"
import { orderStoreContract } from "../../../../support/trading/order-store-contract.ts"
import { orderStoreRules } from "../../../../support/trading/order-store-rules.ts"
import { orderStoreVersions } from "../../../../support/trading/order-store-versions.ts"

const client = Layer.fresh(sqlite({ path: ":memory:", busyTimeoutMs: 100 }))
const empty = Layer.provideMerge(store, client)

/** A file of its own each time it is built. */
const fileClient = Layer.fresh(
  Layer.unwrap(
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-store-"))),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
      ),
      (folder) => sqlite({ path: join(folder, "book.db"), busyTimeoutMs: 100 })
    )
  )
)

orderStoreContract("SQLite in memory", empty)
orderStoreContract("SQLite in a file", Layer.provideMerge(store, fileClient))
orderStoreRules("SQLite", empty)
orderStoreVersions("SQLite", client)
