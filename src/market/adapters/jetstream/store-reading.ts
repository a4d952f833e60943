import { statfs } from "node:fs/promises"
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import type { StoreReading } from "../../ports/broker-store.ts"

/** JetStream has -1, and 0 in older servers, for no limit. */
const limitOf = (bytes: number): number | undefined => (bytes > 0 ? bytes : undefined)

const orUndefined = <A>(asked: Promise<A>): Promise<A | undefined> => asked.catch(() => undefined)

const accountOf = async (manager: JetStreamManager) => {
  const { limits, storage } = await manager.getAccountInfo()
  return { used: storage, limit: limitOf(limits.max_storage) }
}

const streamOf = async (manager: JetStreamManager, stream: string) => {
  const { config, state } = await manager.streams.info(stream)
  return { stream, used: state.bytes, limit: limitOf(config.max_bytes) }
}

/** Reads the store once. Fails only when the connection does. */
export const readStore = async (
  connection: NatsConnection,
  streams: ReadonlyArray<string>,
  storeDir: string | undefined
): Promise<StoreReading> => {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  const account = await orUndefined(accountOf(manager))
  const found = await Promise.all(streams.map((stream) => orUndefined(streamOf(manager, stream))))
  const disk = storeDir === undefined ? undefined : await orUndefined(statfs(storeDir))
  return {
    ...(account !== undefined && { account }),
    streams: found.filter((each) => each !== undefined),
    ...(disk !== undefined && { disk: { size: disk.blocks * disk.bsize, free: disk.bavail * disk.bsize } })
  }
}
