import { Effect, Layer, Stream } from "effect"
import { HttpClient, make as makeClient } from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import type { HttpClientRequest } from "effect/http/HttpClientRequest"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import type { ApiAnswer, ApiRequest } from "../../../simulator/paper/api/api-message.ts"
import type { VenueSocket } from "../../../simulator/paper/wire/venue-socket.ts"
import { OpenSocket } from "../../../trading/adapters/alpaca/link/text-socket.ts"
import type { Dice } from "../../faults/dice.ts"
import type { VirtualTime } from "../../world/virtual-time.ts"
import type { SimExchange } from "./sim-exchange.ts"
import type { TradeProcess } from "./trade-process.ts"

const bytes = new TextEncoder()
const socketMs = 2
/** A system refuses a connection at once; a request that is lost is never answered. */
const refusedMs = 2

const failed = (code: string) =>
  Object.assign(new Error(code), { reason: { cause: { code } } }) as unknown as HttpClientError

const responseOf = (request: HttpClientRequest, { body, headers, status }: ApiAnswer) =>
  // What the adapter reads of a response.
  ({ request, status, headers, stream: Stream.make(bytes.encode(body)) }) as unknown as HttpClientResponse

const apiRequestOf = (request: HttpClientRequest, url: URL): ApiRequest => {
  const { body } = request.body as { readonly body?: Uint8Array | string }
  return {
    method: request.method,
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: body === undefined ? "" : typeof body === "string" ? body : new TextDecoder().decode(body)
  }
}

/** The way between the processes and the venue. Requests that have left arrive also when their process is dead. */
export class SimNetwork {
  /** `lossy`: packets are lost. `away`: connections are refused, and those that stood are lost. */
  state: "up" | "lossy" | "away" = "up"
  /** Called with each request before it leaves the host. */
  onSent: (request: ApiRequest) => void = () => undefined
  /** Called once, when the next POST of an order has reached the venue. */
  afterPost: (() => void) | undefined
  private readonly time: VirtualTime
  private readonly exchange: SimExchange
  private readonly dice: Dice
  private readonly lines = new Set<{ readonly cut: (cause: string) => void; readonly process: TradeProcess }>()

  constructor(time: VirtualTime, exchange: SimExchange, dice: Dice) {
    this.time = time
    this.exchange = exchange
    this.dice = dice
  }

  /** Every connection that stands is lost. */
  cutAll(cause: string): void {
    for (const line of this.lines) line.cut(cause)
  }

  /** The system of a dead process closes its sockets. */
  processEnded(dead: TradeProcess): void {
    for (const line of this.lines) if (line.process === dead) line.cut("the process ended")
  }

  layerFor(process: TradeProcess): Layer.Layer<HttpClient | OpenSocket> {
    return Layer.merge(
      Layer.succeed(
        HttpClient,
        makeClient((request, url) => this.ask(process, request, url))
      ),
      Layer.succeed(OpenSocket, (_url, events) => this.open(process, _url, events))
    )
  }

  private readonly hopMs = () => this.dice.whole(1, 15)

  private ask(
    process: TradeProcess,
    request: HttpClientRequest,
    url: URL
  ): Effect.Effect<HttpClientResponse, HttpClientError> {
    return Effect.callback((resume) => {
      if (!process.alive) return
      const back = (afterMs: number, effect: Effect.Effect<HttpClientResponse, HttpClientError>) =>
        process.later(afterMs, () => resume(effect))
      const asked = apiRequestOf(request, url)
      this.onSent(asked)
      if (this.state === "away") return void back(refusedMs, Effect.fail(failed("ECONNREFUSED")))
      this.time.later(this.hopMs(), () => {
        // Nothing is heard of it again: the adapter gives up by itself.
        if (this.state !== "up") return
        const answer = this.exchange.answer(asked)
        if (asked.method === "POST") {
          this.afterPost?.()
          this.afterPost = undefined
        }
        if (answer.lost === true) return void back(this.hopMs(), Effect.fail(failed("ECONNRESET")))
        this.time.later((answer.delayMs ?? 0) + this.hopMs(), () => {
          if (this.state === "up" && process.alive) resume(Effect.succeed(responseOf(request, answer)))
        })
      })
    })
  }

  private open(process: TradeProcess, url: string, events: Parameters<OpenSocket["Service"]>[1]) {
    const listeners = new Map<string, (data?: unknown) => void>()
    let isOpen = true
    const end = (cause: string) => {
      if (!isOpen) return
      isOpen = false
      this.lines.delete(line)
      listeners.get("close")?.()
      process.later(socketMs, () => events.lost(cause))
    }
    const line = { process, cut: end }
    this.lines.add(line)
    const there: VenueSocket = {
      bufferedAmount: 0,
      send: (data) => {
        const text = typeof data === "string" ? data : Buffer.from(data).toString("utf8")
        process.later(socketMs, () => {
          if (isOpen && this.state === "up") events.received(text)
        })
      },
      close: () => end("the venue closed the connection (1000)"),
      terminate: () => end("the venue closed the connection (1006)"),
      on: (event: string, listener: (data: never) => void) =>
        void listeners.set(event, listener as (data?: unknown) => void)
    }
    process.later(socketMs, () => {
      if (!isOpen) return
      if (this.state === "away") return end("the connection failed: ECONNREFUSED")
      // A connect that is lost times out by the adapter's own clock.
      if (this.state === "lossy") return
      const { board, data, stream } = this.exchange
      const path = new URL(url).pathname
      if (path === "/stream" && board.take("refuse-stream-429")) return end("the connection failed: 429")
      events.opened()
      if (path === "/stream") stream.accept(there)
      else data.accept(there, { feed: path.slice("/v2/".length), packed: false, authorized: false })
      this.exchange.settle()
    })
    return {
      send: (text: string) => {
        if (!process.alive || !isOpen) return
        this.time.later(socketMs, () => {
          if (!isOpen || this.state !== "up") return
          listeners.get("message")?.(text)
          this.exchange.settle()
        })
      },
      close: () => {
        isOpen = false
        this.lines.delete(line)
        listeners.get("close")?.()
      }
    }
  }
}
