import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { connectNats } from "../../src/platform/nats/connect.ts"
import { type NatsServerOptions, startNatsServer } from "../../src/platform/nats/embedded-server.ts"
import { findNatsServer } from "../../src/platform/nats/find-nats-server.ts"

export const projectRoot = fileURLToPath(new URL("../..", import.meta.url))

/** The server that the daemon itself would use. */
export const natsBinary = Effect.map(
  findNatsServer({ env: process.env, root: projectRoot, log: (line) => process.stderr.write(`${line}\n`) }),
  (found) => found.path
)

/** A folder that is deleted with the scope. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-nats-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** A server on a free port with its own store; it ends with the scope. */
export const startServer = Effect.fnUntraced(function* (options: Partial<NatsServerOptions> = {}) {
  const binary = options.binary ?? (yield* natsBinary)
  const storeDir = options.storeDir ?? (yield* temporaryFolder)
  return yield* startNatsServer({ ...options, binary, storeDir, port: options.port ?? 0 })
})

/** A connection that is closed with the scope. */
export const connection = (url: string) =>
  Effect.acquireRelease(connectNats({ url, name: "test" }), (nc: NatsConnection) =>
    Effect.promise(() => nc.close().catch(() => {}))
  )

interface StoredLine {
  readonly seq: number
  readonly subject: string
  readonly text: string
}

/** All messages of a stream, in sequence. */
export const readStream = Effect.fnUntraced(function* (url: string, stream = "MD_TICKS") {
  const nc = yield* connection(url)
  return yield* Effect.promise(async () => {
    const manager = await jetstreamManager(nc)
    const { state } = await manager.streams.info(stream)
    const lines: Array<StoredLine> = []
    if (state.messages === 0) return lines
    const consumer = await jetstream(nc).consumers.get(stream)
    const messages = await consumer.consume({ max_messages: 5000 })
    for await (const message of messages) {
      lines.push({ seq: message.seq, subject: message.subject, text: message.string() })
      if (message.info.pending === 0) break
    }
    return lines
  })
})
