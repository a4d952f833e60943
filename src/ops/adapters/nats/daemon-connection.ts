import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, type Scope } from "effect"
import { connectNats, type NatsConnectError, type NatsConnectionOptions } from "../../../platform/nats/connect.ts"
import { type ControlEntry, type RequestOf, sendControlRequest } from "../../../platform/nats/control-request.ts"
import { connectionOf, opsIdentity, tickIdentity } from "../../../platform/nats/nats-settings.ts"
import { controlSubject } from "../../../protocol/market/status.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"

const clientName = "tickd live"

const open = (options: NatsConnectionOptions): Effect.Effect<NatsConnection, NatsConnectError, Scope.Scope> =>
  Effect.acquireRelease(connectNats({ ...options, reconnect: false }), (connection) =>
    Effect.promise(() => connection.close().catch(() => undefined))
  )

/** A connection to the control plane of the daemon. It closes with the scope. */
export const openControl = ({ natsUrl, variables }: LiveSettings) => {
  const identity = opsIdentity(variables)
  return open(connectionOf(identity, { url: identity.url ?? natsUrl, name: clientName }))
}

/** A connection to the streams of ticks, which may be another user. It closes with the scope. */
export const openTicks = ({ natsUrl, variables }: LiveSettings) =>
  open(connectionOf(tickIdentity(variables), { url: natsUrl, name: clientName }))

/** Asks the daemon of these settings over an open connection. */
export const askDaemon =
  ({ instance }: LiveSettings, connection: NatsConnection) =>
  <E extends ControlEntry>(entry: E, body: RequestOf<E>, timeoutMs: number) =>
    sendControlRequest({
      connection,
      instance,
      subject: controlSubject(instance, entry.name),
      entry,
      body: body as object,
      timeoutMs,
      absentRemedy: "start it with 'tickd live start', or set TICKD_INSTANCE to the name of the one that runs"
    })
