import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Schema, Scope } from "effect"
import { GapMessageJson } from "../../src/protocol/gap-message.ts"
import { QuarantineMessageJson } from "../../src/protocol/quarantine-message.ts"
import { marketContracts } from "../../src/simulator/market-contracts.ts"
import { daemonEnvironment } from "../support/cli-daemon.ts"
import { eventually, holdPort, logLines, startTickd } from "../support/cli-process.ts"
import { startProxy, type TcpProxy } from "../support/nats-proxy.ts"
import { readStream, startServer } from "../support/nats-server.ts"
import { judge, type Verdict } from "./account-check.ts"
import type { FaultKind } from "./fault-kinds.ts"

/** How the line meets an outage. */
export interface PolicyCase {
  readonly name: string
  readonly env: Readonly<Record<string, string>>
}

export interface FaultRun extends Verdict {
  readonly fault: string
  readonly policy: string
  readonly exitCode: number | null
  readonly balanced: boolean
  readonly ledger: Readonly<Record<string, unknown>>
}

// More than queue and ring hold of the longest outage.
const rate = 6000
const instruments = 200
const wait = (ms: number) => new Promise<void>((resume) => setTimeout(resume, ms))

/** A server that can be ended and started again on the same port. */
const makeServer = async (folder: string) => {
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

const decodeGap = Schema.decodeUnknownSync(GapMessageJson)
const decodeQuarantine = Schema.decodeUnknownSync(QuarantineMessageJson)
const texts = async (url: string, stream: string): Promise<ReadonlyArray<string>> => {
  const lines = await Effect.runPromise(Effect.scoped(readStream(url, stream)))
  return lines.map(({ text }) => text)
}

/** One life of the daemon with one fault in its middle, and what the streams say afterwards. */
export const runFault = async (kind: FaultKind, policy: PolicyCase): Promise<FaultRun> => {
  const folder = mkdtempSync(join(tmpdir(), "tickd-faults-"))
  const server = await makeServer(folder)
  const proxyScope = Scope.makeUnsafe()
  const proxy: TcpProxy = await Effect.runPromise(Scope.provide(startProxy(server.port), proxyScope))
  const front = startTickd([
    "front",
    "--port",
    "0",
    "--json",
    "--instruments",
    String(instruments),
    "--rate",
    String(rate),
    "--even"
  ])
  try {
    const [, address = ""] = await front.printed(/"address":"(tcp:\/\/[\d.:]+)"/)
    const held = await holdPort()
    await held.release()
    const daemon = startTickd(["run"], {
      ...daemonEnvironment(join(folder, "state"), address, {
        NATS_URL: `nats://127.0.0.1:${proxy.port}`,
        INGEST_METRICS_PORT: String(held.port),
        TICKD_SHUTDOWN_DEADLINE_MS: "60000",
        TICKD_INSTRUMENTS: marketContracts(instruments)
          .map(({ id }) => id)
          .join(",")
      }),
      ...policy.env
    })
    const ready = async () => (await fetch(`http://127.0.0.1:${held.port}/readyz`)).status === 200 || undefined
    await eventually("the daemon is ready", ready, 30_000)
    await wait(3000)
    await kind.apply({ serverPid: server.pid, proxy, restartServer: server.restart, wait })
    await eventually("the daemon is ready again", ready, 60_000)
    await wait(4000)
    daemon.child.kill("SIGTERM")
    const { code, stdout } = await daemon.ended
    const last = logLines(stdout).findLast(({ event }) => event === "ledger")
    const ledger = ((last?.["ledger"] ?? []) as ReadonlyArray<Record<string, unknown>>)[0] ?? {}
    const stored = (await texts(server.url, "MD_TICKS")).map(
      (text) => JSON.parse(text) as { readonly seq: number; readonly symbol: string }
    )
    const gaps = (await texts(server.url, "MD_ACCOUNT").catch(() => [])).flatMap((text) => {
      const message = JSON.parse(text) as { readonly cause?: string }
      return message.cause === undefined ? [] : [decodeGap(text)]
    })
    const quarantined = (await texts(server.url, "MD_QUARANTINE").catch(() => [])).map((text) => decodeQuarantine(text))
    const verdict = judge({
      received: Number(ledger["received"] ?? 0),
      stored,
      setAside: new Set(quarantined.map(({ seq }) => seq)),
      gaps
    })
    return {
      fault: kind.name,
      policy: policy.name,
      exitCode: code,
      balanced: ledger["balanced"] === true,
      ledger,
      ...verdict
    }
  } finally {
    front.child.kill("SIGTERM")
    await front.ended
    await Effect.runPromise(Scope.close(proxyScope, Exit.void))
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
