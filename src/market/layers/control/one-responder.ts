import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { discoverService } from "../../../platform/nats/discover.ts"

/** How often a daemon whose name is taken looks whether the other is gone. */
const lookAgainMs = 2000

/**
 * Succeeds when no other process answers as this instance: two of one name would both carry out each command, and answer
 * questions by chance. Where nobody may look (permissions), nobody is seen. `id`: this process as the service names it.
 */
export const untilAlone = Effect.fnUntraced(function* (
  connection: NatsConnection,
  options: {
    readonly service: string
    readonly instance: string
    readonly id: string
    /** Told once. */
    readonly onTaken?: ((pid: string) => void) | undefined
  }
) {
  let told = false
  while (true) {
    const found = yield* Effect.orElseSucceed(discoverService(connection, options.service), () => [])
    const other = found.find(({ id, metadata }) => metadata["instance"] === options.instance && id !== options.id)
    if (other === undefined) return
    if (!told) options.onTaken?.(other.metadata["pid"] ?? "not told")
    told = true
    yield* Effect.sleep(lookAgainMs)
  }
})
