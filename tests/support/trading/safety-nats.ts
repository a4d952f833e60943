import { jetstream } from "@nats-io/jetstream"
import { Kvm } from "@nats-io/kv"
import { Effect } from "effect"
import { safetyBucketName, safetySubject } from "../../../src/protocol/trading/safety.ts"
import { layer } from "../../../src/trading/adapters/nats/late-safety-bucket.ts"
import { connection, startServer, temporaryFolder } from "../nats-server.ts"
import type { SafetyStage } from "./safety-state-contract.ts"

/** A real nats-server that is killed and started again on its store and port. */
export const natsStage = Effect.gen(function* () {
  const storeDir = yield* temporaryFolder
  let server = yield* startServer({ storeDir })
  const { port, url } = server
  const stage: SafetyStage = {
    connect: Effect.map(connection(url), (nc) => layer(() => nc, { replicas: 1, timeoutMs: 500, confirmEveryMs: 200 })),
    stop: Effect.asVoid(Effect.suspend(() => server.kill)),
    start: Effect.map(startServer({ storeDir, port }), (next) => {
      server = next
    }),
    delete: Effect.fnUntraced(function* (key) {
      const nc = yield* connection(url)
      yield* Effect.promise(async () => (await new Kvm(jetstream(nc)).open(safetyBucketName)).delete(key))
    }),
    overwrite: Effect.fnUntraced(function* (key, text) {
      const nc = yield* connection(url)
      yield* Effect.promise(() => jetstream(nc).publish(safetySubject(key), text))
    })
  }
  return { ...stage, url }
})
