import { Effect, Layer, type Redacted } from "effect"
import { FileLocked, takeFileLock } from "../../../platform/process/file-lock.ts"
import { layer as postgres } from "../../../platform/sql/postgres-client.ts"
import { layer as sqlite, sqliteError } from "../../../platform/sql/sqlite-client.ts"
import type { OrderStore, OrderStoreError } from "../../ports/order-store.ts"
import { layer as orderStore } from "./order-store.ts"
import { asStoreError, storeError } from "./store-fault.ts"

/** Where the book is: a file of this host, or a server that other hosts reach too. */
export type StorePlace =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly url: Redacted.Redacted }

/** The file for this program alone: what it holds in memory must be what is in the file. Others may read it. */
const lockFile = (path: string) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => takeFileLock(`${path}.lock`),
      catch: (cause) => (cause instanceof FileLocked ? storeError("busy", cause.message) : sqliteError(cause))
    }),
    (lock) => Effect.sync(lock.release)
  )

const clientOf = (place: StorePlace) =>
  place.kind === "sqlite"
    ? sqlite({ path: place.path, busyTimeoutMs: 2000 })
    : postgres({
        url: place.url,
        writes: "orders",
        connectTimeoutMs: 5000,
        statementTimeoutMs: 5000,
        answerTimeoutMs: 8000,
        commitWaitMs: 10_000,
        pauseMs: 500,
        // The server may still hold the session of a program that was killed: it notices within 15 s.
        writerWaitMs: 20_000
      })

/** The book of record at its place, for this program alone. Every failure to open it is one of the port's. */
export const layer = (place: StorePlace): Layer.Layer<OrderStore, OrderStoreError> =>
  Layer.effectContext(
    asStoreError(
      Effect.andThen(
        place.kind === "sqlite" ? lockFile(place.path) : Effect.void,
        Layer.build(Layer.provide(orderStore, clientOf(place)))
      )
    )
  )
