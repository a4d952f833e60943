import { join } from "node:path"
import { Effect, type Scope } from "effect"
import { readContractFile } from "../adapters/catalogue/contract-file.ts"
import type { RunOptions } from "../cli/run.ts"
import { embeddedBroker, externalBroker } from "./broker.ts"
import { readConfig } from "./config.ts"
import { makeDaemon } from "./daemon.ts"
import { nativeFiles, projectRoot } from "./project.ts"
import { UserError } from "./user-error.ts"

/** `tickd run`: logs to stdout, drains on the first signal. Fails with the sentence of whatever the tree gave up on. */
export const runDaemonProgram = Effect.fnUntraced(function* (
  options: RunOptions,
  interrupted: Effect.Effect<void>
): Effect.fn.Return<void, unknown, Scope.Scope> {
  const config = yield* readConfig(process.env)
  const write = (line: string) => void process.stdout.write(line)
  const lists = yield* Effect.forEach(config.contractFiles, readContractFile)
  const contracts = lists.flatMap((list) => list.contracts)
  const instruments = config.instruments.length > 0 ? config.instruments : [...new Set(contracts.map(({ id }) => id))]
  if (instruments.length === 0) {
    return yield* new UserError({
      code: "NOTHING_TO_SUBSCRIBE",
      exitCode: 78,
      message: "No instrument is wanted: set TICKD_INSTRUMENTS (rb2701,IF2612) or TICKD_CONTRACTS (a contract file)."
    })
  }
  const broker = options.embeddedNats
    ? yield* embeddedBroker({
        root: projectRoot,
        env: process.env,
        storeDir: join(config.stateDir, "nats"),
        port: config.nats.port,
        say: (line) => void process.stderr.write(`[tickd] ${line}\n`),
        onLine: (line) => write(`${JSON.stringify({ event: "nats_line", message: line })}\n`)
      })
    : externalBroker(config.nats.url ?? `nats://127.0.0.1:${config.nats.port}`)
  const daemon = yield* makeDaemon({ config, broker, contracts, instruments, workerBinary: nativeFiles.worker, write })
  yield* Effect.raceFirst(daemon.run(Effect.void), interrupted)
  const { ledger } = daemon.status()
  write(`${JSON.stringify({ event: "ledger", message: "final account", ledger })}\n`)
  if (!ledger.every(({ balanced, in_flight }) => balanced && in_flight === 0)) {
    return yield* new UserError({
      code: "NOT_ACCOUNTED_FOR",
      exitCode: 1,
      message: "The ledger does not balance: see the last log line."
    })
  }
})
