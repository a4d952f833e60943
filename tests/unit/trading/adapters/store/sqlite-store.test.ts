// The book is what is left after a crash: what it says was sent, was sent once.
import { Layer } from "effect"
import { layer as sqlite } from "../../../../../src/platform/sql/sqlite-client.ts"
import { layer as store } from "../../../../../src/trading/adapters/store/order-store.ts"
import { orderStoreContract } from "../../../../support/trading/order-store-contract.ts"
import { orderStoreRules } from "../../../../support/trading/order-store-rules.ts"
import { orderStoreVersions } from "../../../../support/trading/order-store-versions.ts"

const client = Layer.fresh(sqlite({ path: ":memory:", busyTimeoutMs: 100 }))
const empty = Layer.provideMerge(store, client)

orderStoreContract("SQLite", empty)
orderStoreRules("SQLite", empty)
orderStoreVersions("SQLite", client)
