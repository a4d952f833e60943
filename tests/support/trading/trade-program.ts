import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { legsOf } from "../../../src/app/trade/ledger-legs.ts"
import { readVenueRecord } from "../../../src/app/trade/venue-record.ts"
import { layer as openStore } from "../../../src/trading/adapters/store/open-store.ts"
import { differencesOf, ledgerOf } from "../../../src/trading/domain/ledger/trade-ledger.ts"
import { OrderStore } from "../../../src/trading/ports/order-store.ts"
import {
  eventually,
  lastJson,
  type RunningCommand,
  startCommand,
  startTickd,
  stateFolder,
  tickd
} from "../cli-process.ts"
import { freePort } from "../free-port.ts"
import { natsBinary } from "../nats-server.ts"

/** The keys that `tickd paper` takes. */
const programKeys = { id: "PKSIMULATED", secret: "simulated-secret" }

export interface ApiAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * `tickd trade` as it ships, beside a nats-server and `tickd paper` of their own: the daemon may be killed and started
 * again, the others live on.
 */
export const startTradeProgram = async (more: Readonly<Record<string, string>> = {}) => {
  const state = stateFolder()
  const [natsPort, apiPort, statusPort, venuePort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort()
  ]
  const binary = await Effect.runPromise(natsBinary)
  const nats = startCommand(["-a", "127.0.0.1", "-p", String(natsPort), "-js", "-sd", join(state.path, "nats")], {
    program: binary
  })
  const venue = startTickd([
    "paper",
    "--port",
    String(venuePort),
    "--always-open",
    "--requests-per-minute",
    "100000",
    "--json"
  ])
  const venueUrl = `http://127.0.0.1:${venuePort}`
  const secretFile = join(state.path, "secret")
  const setSecret = (secret: string) => writeFileSync(secretFile, secret)
  setSecret(programKeys.secret)
  const env = {
    TICKD_STATE_DIR: join(state.path, "tickd"),
    TICKD_INSTANCE: "acceptance",
    NATS_URL: `nats://127.0.0.1:${natsPort}`,
    TRADE_MODE: "live",
    TRADE_METRICS_PORT: String(statusPort),
    TRADE_HTTP_PORT: String(apiPort),
    TRADE_HTTP_SUBMIT_RATE: "100000+1/100000",
    TRADE_SYMBOLS: "AAPL,MSFT,NVDA,AMZN,META",
    TRADE_ORDERS_PER_MINUTE: "100000",
    TRADE_REPEATED_EXECUTIONS: "100000",
    TRADE_VENUE_ERRORS: "1000",
    APCA_API_KEY_ID: programKeys.id,
    APCA_API_SECRET_KEY_FILE: secretFile,
    APCA_API_BASE_URL: venueUrl,
    APCA_API_DATA_URL: venueUrl,
    RECONCILIATION_SUBMITTED_UNCONFIRMED_GRACE_SECONDS: "3",
    ...more
  }
  const made = await tickd(
    ["token", "create", "tests", "--role", "trader", "--role", "risk", "--role", "ops", "--json"],
    env
  )
  const token = String(lastJson(made.stdout)["token"])

  const api = async (path: string, body?: object): Promise<ApiAnswer> => {
    const response = await fetch(`http://127.0.0.1:${apiPort}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      signal: AbortSignal.timeout(10_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    return { status: response.status, body: (await response.json()) as ApiAnswer["body"] }
  }
  const venueFault = async (body: object) => {
    const response = await fetch(`${venueUrl}/sim/faults`, { method: "POST", body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`fault refused: ${await response.text()}`)
  }
  /** What the venue itself says, for a test: never by the daemon. */
  const ofVenue = async (path: string): Promise<unknown> => {
    const headers = { "APCA-API-KEY-ID": programKeys.id, "APCA-API-SECRET-KEY": programKeys.secret }
    return (await fetch(`${venueUrl}${path}`, { headers })).json()
  }
  const quote = async (symbol: string): Promise<number> =>
    ((await ofVenue(`/v2/stocks/${symbol}/quotes/latest`)) as { readonly quote: { readonly bp: number } }).quote.bp
  const venueStatus = async (clientOrderId: string): Promise<string> => {
    const found = await ofVenue(`/v2/orders:by_client_order_id?client_order_id=${clientOrderId}`)
    return (found as { readonly status: string }).status
  }
  /** What keeps `/readyz` from 200; empty: nothing. */
  const reasons = async (): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${statusPort}/readyz`)
    return response.status === 200 ? "" : await response.text()
  }
  await venue.printed(/"listening"/)

  let daemon: RunningCommand | undefined
  return {
    state: state.path,
    env,
    nats,
    venue,
    api,
    venueFault,
    setSecret,
    quote,
    venueStatus,
    reasons,
    /** A verb of the command line, its last line as JSON. */
    verb: async (...args: ReadonlyArray<string>) => {
      const { code, stderr, stdout } = await tickd([...args, "--json"], env)
      if (code !== 0) throw new Error(`tickd ${args.join(" ")}: ${stderr}`)
      return lastJson(stdout)
    },
    daemon: (): RunningCommand => {
      if (daemon === undefined) throw new Error("the daemon was not started")
      return daemon
    },
    /** Starts it, and waits for its API. */
    start: async (): Promise<RunningCommand> => {
      daemon = startTickd(["trade", "--log-level", "INFO"], env)
      await daemon.printed(/"api_listening"/)
      return daemon
    },
    kill: async () => {
      daemon?.child.kill("SIGKILL")
      await daemon?.ended
    },
    /** Every difference between the book, which no daemon has open, and the venue's own record. */
    differences: () =>
      Effect.runPromise(
        Effect.gen(function* () {
          const store = yield* OrderStore
          const ledger = ledgerOf(yield* store.tally)
          const known = yield* store.latestOrders(500)
          const record = yield* readVenueRecord(venueUrl, programKeys)
          return {
            differences: differencesOf(ledger, known.flatMap(legsOf), record),
            ledger,
            /** Statuses by client id. */
            book: new Map(known.map(({ clientOrderId, status }) => [clientOrderId, status])),
            orders: record.orders
          }
        }).pipe(
          Effect.provide(
            Layer.orDie(openStore({ kind: "sqlite", path: join(env.TICKD_STATE_DIR, "trade", "orders.db") }))
          )
        )
      ),
    end: async () => {
      for (const one of [daemon, venue, nats]) {
        one?.child.kill("SIGKILL")
        await one?.ended
      }
      state.remove()
    }
  }
}

export type TradeProgram = Awaited<ReturnType<typeof startTradeProgram>>

/** Waits until the gate lets entries through. */
export const untilReady = (program: TradeProgram, withinMs = 30_000) =>
  eventually(
    "the daemon is ready",
    async () => {
      const why = await program.reasons()
      if (why !== "") throw new Error(why)
      return true
    },
    withinMs
  )
