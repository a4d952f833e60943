import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import { WebSocketServer } from "ws"
import { type InstantNs, instantOfMs } from "../../kernel/time/utc-instant.ts"
import { type ApiAnswer, type ApiRequest, bodyJson, jsonAnswer, refusalAnswer } from "./api/api-message.ts"
import { makePaperApi, type PaperKeys, unauthorized } from "./api/paper-api.ts"
import { makePaperVenue, type PaperVenue } from "./core/paper-venue.ts"
import { notFound, Refusal } from "./core/refusal.ts"
import type { PaperSettings } from "./core/venue-state.ts"
import { makeDelivery } from "./faults/delivery.ts"
import { type BoardFault, type FaultBoard, makeFaultBoard } from "./faults/fault-board.ts"
import { type FaultTarget, faultNames, runFault } from "./faults/venue-fault.ts"
import { readRequest, requestHeaders, writeAnswer } from "./wire/http-exchange.ts"
import { feeds, type MarketStream, makeMarketStream } from "./wire/market-stream.ts"
import { makeServerClock, type ServerClock } from "./wire/server-clock.ts"
import { makeSseStream } from "./wire/sse-stream.ts"
import { makeTradeStream, type TradeStream } from "./wire/trade-stream.ts"
import { makeWebhook, type Webhook, type WebhookTarget } from "./wire/webhook.ts"

export interface PaperServerOptions extends Omit<PaperSettings, "now"> {
  readonly host?: string
  readonly port: number
  readonly keys: PaperKeys
  /** First instant of the venue's clock (this host's time). */
  readonly start?: InstantNs | undefined
  readonly speed?: number
  readonly ratePerMinute?: number
  /** What the rate counts instead of a minute. */
  readonly rateWindowMs?: number
  readonly faultRates?: Partial<Record<BoardFault, number>>
  readonly webhook?: WebhookTarget | undefined
  /** Between two comments of a quiet event stream (15000). */
  readonly heartbeatMs?: number
  /**
   * What the faults drop, delay, double or refuse on the WebSocket they do on the stream of events too: such a venue
   * has lost an event, and not a connection.
   */
  readonly updatesAlike?: boolean
  /** Symbols of quotes and trades of one connection to `/v2/iex` (30). */
  readonly dataSymbolsMax?: number
}

export interface PaperServer {
  readonly port: number
  readonly url: string
  readonly venue: PaperVenue
  readonly clock: ServerClock
  readonly faults: FaultBoard
  readonly stream: TradeStream
  readonly webhook: Webhook | undefined
  /** Runs a command of `POST /sim/faults`. */
  readonly fault: (command: unknown) => Refusal | undefined
  /** Runs what is due. Called after the venue was changed from outside of a request. */
  readonly settle: () => void
  readonly close: () => Promise<void>
}

const timerMaxMs = 60_000

/** Calls `settle` when something is due by itself. */
const makeDriver = (venue: PaperVenue, clock: ServerClock, data: MarketStream) => {
  let timer: NodeJS.Timeout | undefined
  const settle = () => {
    venue.advance()
    data.publish()
    clearTimeout(timer)
    const own = venue.nextDue()
    const row = data.nextDue()
    const waitMs = Number((row !== undefined && row < own ? row : own) - clock.now()) / 1e6 / clock.speed
    timer = setTimeout(settle, Math.min(timerMaxMs, Math.max(1, Math.ceil(waitMs))))
  }
  return { settle, stop: () => clearTimeout(timer) }
}

const refuseUpgrade = (socket: Duplex, status: string) => {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** Serves a venue over HTTP and WebSocket. Errors: the listen error of Node, when the port is taken. */
export const startPaperServer = async (options: PaperServerOptions): Promise<PaperServer> => {
  const clock = makeServerClock({ start: options.start, speed: options.speed ?? 1 })
  const venue = makePaperVenue({ ...options, now: clock.now })
  const faults = makeFaultBoard(options.seed, options.faultRates)
  const { ratePerMinute, rateWindowMs } = options
  const keys: PaperKeys = {
    keyId: options.keys.keyId,
    /** Undefined is equal to no text that a client sends. */
    get secret() {
      return venue.state.standing.keysRejected ? (undefined as never) : options.keys.secret
    }
  }
  const api = makePaperApi({
    venue,
    faults,
    keys,
    ...(ratePerMinute === undefined ? {} : { ratePerMinute }),
    ...(rateWindowMs === undefined ? {} : { rateWindowMs })
  })
  const data = makeMarketStream({ state: venue.state, keys, faults, symbolsMax: options.dataSymbolsMax ?? 30 })
  const driver = makeDriver(venue, clock, data)
  const { state } = venue
  const events = makeSseStream({ state, faults, heartbeatMs: options.heartbeatMs ?? 15_000 })
  const alike = options.updatesAlike === true
  const stream = makeTradeStream(keys, makeDelivery(faults), undefined, alike ? events.publish : undefined)
  const webhook = options.webhook === undefined ? undefined : makeWebhook(options.webhook, clock.now)
  for (const publish of [stream.publish, alike ? undefined : events.publish, webhook?.publish])
    if (publish !== undefined) state.events.listen(publish)
  state.market.onHalt(data.status)

  const target: FaultTarget = {
    state: venue.state,
    board: faults,
    mute: (muted) => {
      stream.mute(muted)
      data.mute(muted)
    },
    cut: () => {
      stream.cut()
      data.cut()
      events.cut()
    },
    shiftClock: (ms) => clock.shift(instantOfMs(ms))
  }
  const fault = (command: unknown): Refusal | undefined => {
    venue.advance()
    const refused = runFault(target, command)
    driver.settle()
    return refused
  }
  /** The path of an operator of the simulation: no keys, no rate limit, no fault. */
  const control = (request: ApiRequest): ApiAnswer => {
    if (request.path !== "/sim/faults") return refusalAnswer(notFound("endpoint not found"))
    if (request.method === "GET")
      return jsonAnswer(200, { faults: faultNames, waiting: faults.waiting(), acted: faults.acted() })
    const refused = fault(bodyJson(request.body))
    return refused === undefined ? jsonAnswer(200, { done: true }) : refusalAnswer(refused)
  }

  const openEvents = (request: ApiRequest, response: ServerResponse) => {
    if (!api.isAuthorized(request.headers)) return writeAnswer(response, refusalAnswer(unauthorized))
    // Not counted: the occasions are those of the WebSocket.
    if (alike && (faults.waiting()["refuse-stream-429"] ?? 0) > 0) {
      return writeAnswer(response, refusalAnswer(new Refusal(429, 42910000, "too many connections")))
    }
    venue.advance()
    const refused = events.open(request, response)
    if (refused !== undefined) writeAnswer(response, refusalAnswer(refused))
  }

  const serve = async (message: IncomingMessage, response: ServerResponse) => {
    const request = await readRequest(message)
    if (request === undefined) return writeAnswer(response, jsonAnswer(413, { message: "request body is too large" }))
    if (request.path.startsWith("/sim/")) return writeAnswer(response, control(request))
    if (request.path === "/v2/events/trades" && request.method === "GET") return openEvents(request, response)
    const answer = api.answer(request)
    driver.settle()
    writeAnswer(response, answer)
  }
  const http = createServer((message, response) => {
    // A caller that goes away in the middle of its request is no fault of the venue.
    serve(message, response).catch(() => response.destroy())
  })
  const sockets = new WebSocketServer({ noServer: true })
  http.on("upgrade", (message, socket, head) => {
    socket.on("error", () => socket.destroy())
    const { pathname } = new URL(message.url ?? "/", "http://venue")
    if (pathname === "/stream") {
      if (faults.take("refuse-stream-429")) return refuseUpgrade(socket, "429 Too Many Requests")
      return sockets.handleUpgrade(message, socket, head, stream.accept)
    }
    const feed = feeds.find((name) => pathname === `/v2/${name}`)
    if (feed === undefined) return refuseUpgrade(socket, "404 Not Found")
    const packed = message.headers["content-type"] === "application/msgpack"
    const authorized = api.isAuthorized(requestHeaders(message))
    sockets.handleUpgrade(message, socket, head, (accepted) => {
      data.accept(accepted, { feed, packed, authorized })
      driver.settle()
      // Its first row is due at the next step, which the timer does not know before it has subscribed.
      accepted.on("message", driver.settle)
    })
  })

  const host = options.host ?? "127.0.0.1"
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject)
    http.listen(options.port, host, () => resolve())
  })
  const { port } = http.address() as AddressInfo
  driver.settle()
  return {
    port,
    url: `http://${host}:${port}`,
    venue,
    clock,
    faults,
    stream,
    webhook,
    fault,
    settle: driver.settle,
    close: () =>
      new Promise((resolve) => {
        driver.stop()
        target.cut()
        webhook?.close()
        sockets.close()
        http.close(() => resolve())
        http.closeAllConnections()
      })
  }
}
