import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { Effect, Exit, Schema, Scope } from "effect"
import { QuarantineMessage } from "../../src/protocol/market/quarantine-message.ts"
import type { StatusMessage } from "../../src/protocol/market/status.ts"
import { marketContracts } from "../../src/simulator/market/market-contracts.ts"
import { daemonEnvironment } from "../support/cli-daemon.ts"
import { holdPort, logLines, startTickd } from "../support/cli-process.ts"
import { readStream, startServer } from "../support/nats-server.ts"
import type { Stored } from "./ledger-check.ts"

// More than queue and ring hold during the longest outage.
const rate = 6000
const instruments = 200
export const wait = (ms: number) => new Promise<void>((resume) => setTimeout(resume, ms))

/** A server that can be ended and started again on the same port. */
export const makeServer = async (folder: string) => {
  let scope = Scope.makeUnsafe()
  let stores = 0
  const start = (port: number) => {
    const storeDir = join(folder, `store-${stores}`)
    mkdirSync(storeDir, { recursive: true })
    return Effect.runPromise(Scope.provide(startServer({ storeDir, port }), scope))
  }
  let server = await start(0)
  const { port } = server
  return {
    port,
    url: server.url,
    pid: () => server.pid,
    restart: async (signal: "SIGKILL" | "SIGTERM", awayMs: number, empty: boolean) => {
      process.kill(server.pid, signal)
      await Effect.runPromise(server.exited)
      await Effect.runPromise(Scope.close(scope, Exit.void))
      await wait(awayMs)
      scope = Scope.makeUnsafe()
      if (empty) stores++
      server = await start(port)
    },
    stop: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

/** The front that produces the load. */
export const startLoad = () => {
  const size = ["--instruments", String(instruments), "--rate", String(rate), "--even"]
  const front = startTickd(["front", "--port", "0", "--json", ...size])
  return {
    address: front.printed(/"address":"(tcp:\/\/[\d.:]+)"/).then(([, address = ""]) => address),
    stop: async () => {
      front.child.kill("SIGTERM")
      await front.ended
    }
  }
}

/** A daemon in its own process. */
export const startDaemon = async (options: {
  readonly state: string
  readonly address: string
  readonly natsPort: number
  readonly env: Readonly<Record<string, string>>
}) => {
  const held = await holdPort()
  await held.release()
  const daemon = startTickd(["run"], {
    ...daemonEnvironment(options.state, options.address, {
      NATS_URL: `nats://127.0.0.1:${options.natsPort}`,
      INGEST_METRICS_PORT: String(held.port),
      TICKD_SHUTDOWN_DEADLINE_MS: "60000",
      TICKD_INSTRUMENTS: marketContracts(instruments)
        .map(({ id }) => id)
        .join(",")
    }),
    ...options.env
  })
  const url = `http://127.0.0.1:${held.port}`
  return {
    daemon,
    ready: async () => (await fetch(`${url}/readyz`)).status === 200 || undefined,
    status: async () => (await (await fetch(`${url}/status`)).json()) as StatusMessage,
    /** The ledger of its one feed, from its last log line. */
    ledgerIn: (stdout: string): Readonly<Record<string, unknown>> => {
      const last = logLines(stdout).findLast(({ event }) => event === "ledger")
      return ((last?.["ledger"] ?? []) as ReadonlyArray<Record<string, unknown>>)[0] ?? {}
    }
  }
}

const decodeQuarantine = Schema.decodeUnknownSync(Schema.fromJsonString(QuarantineMessage))
export const textsIn = async (url: string, stream: string): Promise<ReadonlyArray<string>> => {
  const lines = await Effect.runPromise(Effect.scoped(readStream(url, stream)))
  return lines.map(({ text }) => text)
}

export const storedIn = async (url: string): Promise<ReadonlyArray<Stored>> =>
  (await textsIn(url, "MD_TICKS")).map((text) => JSON.parse(text) as Stored)

/** Sequence numbers of the quarantined ticks. */
export const quarantinedIn = async (url: string): Promise<ReadonlySet<number>> =>
  new Set((await textsIn(url, "MD_QUARANTINE").catch(() => [])).map((text) => decodeQuarantine(text).seq))
