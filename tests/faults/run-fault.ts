import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Schema, Scope } from "effect"
import { GapMessageJson } from "../../src/protocol/market/gap-message.ts"
import { eventually } from "../support/cli-process.ts"
import { startProxy, type TcpProxy } from "../support/nats-proxy.ts"
import type { FaultKind } from "./fault-kinds.ts"
import { makeServer, quarantinedIn, startDaemon, startLoad, storedIn, textsIn, wait } from "./fault-line.ts"
import { judge, type Verdict } from "./ledger-check.ts"

/** The settings of the line for an outage. */
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

const decodeGap = Schema.decodeUnknownSync(GapMessageJson)

/** One run of the daemon with a fault in its middle, and the content of the streams afterwards. */
export const runFault = async (kind: FaultKind, policy: PolicyCase): Promise<FaultRun> => {
  const folder = mkdtempSync(join(tmpdir(), "tickd-faults-"))
  const server = await makeServer(folder)
  const proxyScope = Scope.makeUnsafe()
  const proxy: TcpProxy = await Effect.runPromise(Scope.provide(startProxy(server.port), proxyScope))
  const front = startLoad()
  try {
    const { daemon, ready, ledgerIn } = await startDaemon({
      state: join(folder, "state"),
      address: await front.address,
      natsPort: proxy.port,
      env: policy.env
    })
    await eventually("the daemon is ready", ready, 30_000)
    await wait(3000)
    await kind.apply({ serverPid: server.pid, proxy, restartServer: server.restart, wait })
    await eventually("the daemon is ready again", ready, 60_000)
    await wait(4000)
    daemon.child.kill("SIGTERM")
    const { code, stdout } = await daemon.ended
    const ledger = ledgerIn(stdout)
    const stored = await storedIn(server.url)
    const gaps = (await textsIn(server.url, "MD_INTEGRITY").catch(() => [])).flatMap((text) => {
      const message = JSON.parse(text) as { readonly cause?: string }
      return message.cause === undefined ? [] : [decodeGap(text)]
    })
    const verdict = judge({
      received: Number(ledger["received"] ?? 0),
      stored,
      setAside: await quarantinedIn(server.url),
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
    await front.stop()
    await Effect.runPromise(Scope.close(proxyScope, Exit.void))
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
