import { afterAll, beforeAll } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import { clientOf, type PostgresServer, postgresServer } from "./postgres-server.ts"

/** One server for the tests of a file. */
export const sharedPostgres = (): (() => PostgresServer) => {
  const scope = Scope.makeUnsafe()
  let server: PostgresServer | undefined
  beforeAll(async () => {
    server = await Effect.runPromise(Scope.provide(postgresServer(), scope))
  })
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  return () => {
    if (server === undefined)
      throw new Error("the server starts before the first test, and not while they are collected")
    return server
  }
}

/** A client of a new, empty schema each time it is built. */
export const emptyBook = (server: () => PostgresServer) =>
  Layer.unwrap(
    Effect.map(
      Effect.promise(() => server().freshUrl()),
      (url) => clientOf(url)
    )
  )
