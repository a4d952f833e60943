import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { range, subjectOf, tickJson, tickStoreOf } from "./client-ticks.ts"
import { connectAs, type Installation, install, serve } from "./nats-secure.ts"

/** Writes the port of this test into an env file of `nats init`. */
const movePort = ({ folder, url }: Installation, name: string): string => {
  const path = join(folder, name)
  writeFileSync(path, readFileSync(path, "utf8").replace(/^NATS_URL=.*$/m, `NATS_URL=${url}`))
  return path
}

/**
 * A secured server on which the daemon's role has stored `count` ticks, rb1001 and on, and the env file of a reader.
 */
export const startSecureTicks = Effect.fnUntraced(function* (count: number) {
  const installation = yield* install
  const server = yield* serve(installation.folder, "tickd.conf", "tickd-nats", installation.port)
  const daemon = yield* connectAs(installation, "daemon")
  const store = yield* tickStoreOf(daemon)
  yield* store.store(
    range(1, count).map((seq) => [subjectOf(`rb${1000 + seq}`), tickJson(`rb${1000 + seq}`, seq)] as const)
  )
  return { installation, server, envFile: movePort(installation, "reader.env"), store: store.store }
})
