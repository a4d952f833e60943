import { join } from "node:path"
import { Effect } from "effect"
import { integrityStream } from "../../src/protocol/control/stream-names.ts"
import { type GapMessage } from "../../src/protocol/market/gap-message.ts"
import type { StatusMessage } from "../../src/protocol/market/status.ts"
import { marketContracts } from "../../src/simulator/market/market-contracts.ts"
import { daemonEnvironment } from "./cli-daemon.ts"
import { startCommand, startTickd } from "./cli-process.ts"
import type { StoredTick } from "./cli-stream.ts"
import { freePort } from "./free-port.ts"
import type { MarketPlan } from "./market-oracle.ts"
import { natsBinary, readStream } from "./nats-server.ts"

/** One market with two fronts in their own processes, a broker, and daemons with both feeds. */
export const makeTwoFeeds = async (
  state: string,
  settings: { readonly instruments: number; readonly rate: number }
) => {
  const plan: MarketPlan = { ...settings, seed: 7, sinceMs: Math.floor(Date.now() / 1000) * 1000 }
  const { instruments, rate, seed, sinceMs } = plan
  const startFront = async (port: number) => {
    const sizes = ["--instruments", instruments, "--rate", rate, "--seed", seed, "--since", sinceMs].map(String)
    const front = startTickd(["front", "--port", String(port), "--json", ...sizes], {}, { stdin: "pipe" })
    const [, address = ""] = await front.printed(/"address":"(tcp:\/\/[\d.:]+)"/)
    return { ...front, address, port: Number(address.split(":").at(-1)) }
  }
  const fronts = { primary: await startFront(0), backup: await startFront(0) }
  const program = await Effect.runPromise(natsBinary)
  const natsPort = await freePort()
  const nats = `nats://127.0.0.1:${natsPort}`
  const startBroker = () =>
    startCommand(["-a", "127.0.0.1", "-p", String(natsPort), "-js", "-sd", join(state, "nats")], { program })
  const startDaemon = async (more: Readonly<Record<string, string>> = {}) => {
    const port = await freePort()
    const http = `http://127.0.0.1:${port}`
    const run = startTickd(
      ["run"],
      daemonEnvironment(state, fronts.primary.address, {
        CTP_BACKUP_MD_ADDRESS: fronts.backup.address,
        CTP_BACKUP_BROKER_ID: "8888",
        CTP_BACKUP_USER_ID: "9876543210",
        CTP_BACKUP_PASSWORD: "0ther-s3cret",
        NATS_URL: nats,
        INGEST_METRICS_PORT: String(port),
        TICKD_INSTRUMENTS: marketContracts(instruments)
          .map(({ id }) => id)
          .join(","),
        ...more
      })
    )
    const status = async () => (await (await fetch(`${http}/status`)).json()) as StatusMessage
    /** Waits until the status meets a condition. */
    const until = async (what: string, holds: (status: StatusMessage) => boolean) => {
      const deadline = performance.now() + 30_000
      let last: unknown
      while (performance.now() < deadline) {
        const found = await status().catch((error: unknown) => void (last = error))
        if (found !== undefined && holds((last = found))) return found
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      throw new Error(
        `${what} did not arrive: ${JSON.stringify(last).slice(0, 3000)}\n${run.stdout().slice(-3000)}${run.stderr()}`
      )
    }
    const metrics = async () => (await fetch(`${http}/metrics`)).text()
    return { ...run, status, until, metrics }
  }
  const stored = async (): Promise<ReadonlyArray<StoredTick>> => {
    const lines = await Effect.runPromise(Effect.scoped(readStream(nats)))
    return lines.map(({ text }) => JSON.parse(text) as StoredTick)
  }
  /** Gap records of a feed, as reported. */
  const gaps = async (feed: string): Promise<ReadonlyArray<GapMessage>> => {
    const lines = await Effect.runPromise(Effect.scoped(readStream(nats, integrityStream)))
    return lines.flatMap(({ subject, text }) => (subject === `md.gap.${feed}` ? [JSON.parse(text) as GapMessage] : []))
  }
  return { plan, fronts, gaps, startFront, startBroker, startDaemon, stored, nats }
}

export const publishedOf = (status: StatusMessage): number =>
  status.ledger.reduce((sum, { published }) => sum + published, 0)

/** Two slow fronts, a broker and a daemon that stores their ticks. */
export const streamingTwoFeeds = async (folder: string) => {
  const stack = await makeTwoFeeds(folder, { instruments: 20, rate: 400 })
  stack.startBroker()
  const daemon = await stack.startDaemon()
  await daemon.until("ticks", (status) => status.ready && publishedOf(status) > 100)
  return { stack, daemon }
}
