import { Effect } from "effect"
import type { Body } from "../../../../actors/runtime/tree.ts"
import { startTelemetryServer } from "../../../platform/http/telemetry-server.ts"

/** The variables that choose host and port. */
export const telemetryNames = { host: "TRADE_METRICS_HOST", port: "TRADE_METRICS_PORT" }

/** The child that serves `/metrics`, `/healthz`, `/readyz` and `/status`. A free port that it got once it keeps. */
export const makeTelemetry = (
  address: { readonly host: string; readonly port: number },
  answers: Parameters<typeof startTelemetryServer>[2]
) => {
  let { port } = address
  const body: Body = (ready) =>
    Effect.gen(function* () {
      const server = yield* startTelemetryServer(address.host, port, answers, telemetryNames)
      port = server.port
      yield* ready
      return yield* Effect.never
    })
  return { body, port: () => port }
}
