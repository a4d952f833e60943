import { Effect } from "effect"
import type { Body } from "../../../../actors/runtime/tree.ts"
import { startTelemetryServer } from "../../../platform/http/telemetry-server.ts"

/**
 * The child of the tree that serves `/metrics`, `/readyz` and `/status`. A free port that it got once it keeps. An
 * address that cannot be had is tried again (`lasting`), and no tick waits for it.
 */
export const makeTelemetry = (
  address: { readonly host: string; readonly port: number },
  ...[answers, names]: [
    answers: Parameters<typeof startTelemetryServer>[2],
    names?: Parameters<typeof startTelemetryServer>[3]
  ]
) => {
  let { port } = address
  const body: Body = (ready) =>
    Effect.gen(function* () {
      const server = yield* startTelemetryServer(address.host, port, answers, names)
      port = server.port
      yield* ready
      return yield* Effect.never
    })
  return { body, port: () => port }
}
