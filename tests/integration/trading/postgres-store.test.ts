// A book that another host may take over is in PostgreSQL; it promises what the one in a file does.
import { Layer } from "effect"
import { layer as store } from "../../../src/trading/adapters/store/order-store.ts"
import { emptyBook, sharedPostgres } from "../../support/postgres-for-tests.ts"
import { orderStoreContract } from "../../support/trading/order-store-contract.ts"
import { orderStoreRules } from "../../support/trading/order-store-rules.ts"
import { orderStoreVersions } from "../../support/trading/order-store-versions.ts"

const server = sharedPostgres()
const client = Layer.fresh(emptyBook(server))
const empty = Layer.provideMerge(store, client)

orderStoreContract("PostgreSQL", empty)
orderStoreRules("PostgreSQL", empty, {
  "facts cut off": "TRUNCATE facts",
  "a fill under another id": "UPDATE fills SET execution_id = 'x'"
})
orderStoreVersions("PostgreSQL", client)
