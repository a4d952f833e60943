import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { discoverService } from "../nats/discover.ts"

/** How often a daemon whose name is taken looks whether the other one has gone. */
const lookAgainMs = 2000

/**
 * Succeeds when no other process answers as this instance: two with one name would both carry out each command, and
 * either would answer a query. Where the permissions forbid the look, the name counts as free. `id`: this process
 * as the service names it.
 */
export const untilAlone = Effect.fnUntraced(function* (
  connection: NatsConnection,
  options: {
    readonly service: string
    readonly instance: string
    readonly id: string
    /** Called once, with the process id of the other one. */
    readonly onTaken?: ((pid: string) => void) | undefined
  }
) {
  let reported = false
  while (true) {
    const found = yield* Effect.orElseSucceed(discoverService(connection, options.service), () => [])
    const other = found.find(({ id, metadata }) => metadata["instance"] === options.instance && id !== options.id)
    if (other === undefined) return
    if (!reported) options.onTaken?.(other.metadata["pid"] ?? "unknown")
    reported = true
    yield* Effect.sleep(lookAgainMs)
  }
})
