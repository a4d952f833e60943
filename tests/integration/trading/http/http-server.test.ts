// A client that floods, stalls or goes away must cost the others nothing, and a stop must lose no request in progress.
import { connect, type Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Schema, Scope } from "effect"
import { defaultRateLimits } from "../../../../src/trading/adapters/http/admission/rate-limits.ts"
import type { Endpoint } from "../../../../src/trading/adapters/http/endpoint.ts"
import { connectionLimits } from "../../../../src/trading/adapters/http/server/connection-bounds.ts"
import { type HttpApiOptions, serveHttpApi } from "../../../../src/trading/adapters/http/server/http-server.ts"
import { wholesOf } from "../../../support/seeded-random.ts"

const endpoint = (name: string, text: string, more: Partial<Endpoint> = {}): Endpoint => {
  const [method, path] = text.split(" ") as [Endpoint["method"], `/${string}`]
  return {
    name,
    method,
    path,
    access: ["trader"],
    limit: "submit",
    bytesMax: method === "GET" ? 0 : 1000,
    summary: "A test.",
    tag: "test",
    params: {},
    query: {},
    payload: undefined,
    success: { status: 200, reply: Schema.Struct({}) },
    problems: new Map(),
    answer: ({ body, params }) => Effect.succeed({ status: 200, body: { bytes: body.length, params } }),
    ...more
  }
}

interface World {
  readonly url: string
  readonly port: number
  readonly done: Array<string>
  readonly cuts: () => number
  readonly release: () => void
}

const serve = (use: (world: World, stop: Effect.Effect<void>) => Effect.Effect<void>) =>
  Effect.gen(function* () {
    const done: Array<string> = []
    const gate = Deferred.makeUnsafe<void>()
    let cuts = 0
    const scope = yield* Scope.make()
    const slow = (name: string) => () =>
      Effect.as(
        Effect.tap(Deferred.await(gate), () => Effect.sync(() => done.push(name))),
        { status: 200, body: { done: name } }
      )
    const { port } = yield* Scope.provide(
      serveHttpApi({
        host: "127.0.0.1",
        port: 0,
        version: "1",
        endpoints: () => [
          endpoint("submit", "POST /orders"),
          endpoint("one", "GET /orders/{id}", {
            limit: "read",
            access: ["viewer", "trader"],
            params: { id: Schema.String }
          }),
          endpoint("slow", "POST /slow", { limit: "modify", answer: slow("slow") }),
          endpoint("cancel", "POST /cancel", { limit: "cancel" }),
          endpoint("bug", "GET /bug", { limit: "read", answer: () => Effect.die(new Error("secret inside")) }),
          endpoint("health", "GET /health", { access: "open", limit: "read" })
        ],
        authenticate: (authorization) => {
          const [, name = "", ...roles] = authorization?.split(" ") ?? []
          return name === ""
            ? { status: 401, code: "TOKEN_MISSING", message: "no token" }
            : { tokenId: name, name, roles: new Set(roles as Array<"viewer">) }
        },
        activeTokens: () => 1,
        limits: { ...defaultRateLimits, modify: { perMinute: 1000, burst: 0, allPerMinute: 1000 } },
        drainMs: 2000,
        monotonicMs: () => performance.now(),
        events: {
          answered: () => undefined,
          refused: () => undefined,
          cut: () => void cuts++,
          bug: () => "bug-1"
        }
      }),
      scope
    )
    const release = () => Deferred.doneUnsafe(gate, Exit.void)
    const stop = Scope.close(scope, Exit.void)
    yield* Effect.ensuring(
      use({ url: `http://127.0.0.1:${port}`, port, done, cuts: () => cuts, release }, stop),
      Effect.andThen(Effect.sync(release), stop)
    )
  })

const plain: HttpApiOptions = {
  host: "127.0.0.1",
  port: 0,
  version: "1",
  endpoints: () => [endpoint("health", "GET /health", { access: "open", limit: "read" })],
  authenticate: () => ({ status: 401, code: "TOKEN_MISSING", message: "no token" }),
  activeTokens: () => 0,
  limits: defaultRateLimits,
  drainMs: 100,
  monotonicMs: () => performance.now(),
  events: { answered: () => undefined, refused: () => undefined, cut: () => undefined, bug: () => "bug" }
}

const trader = { authorization: "Bearer robot trader" }
const ask = (url: string, init: RequestInit = {}) =>
  Effect.promise(async () => {
    const response = await fetch(url, init)
    const text = await response.text()
    const type = response.headers.get("content-type") ?? ""
    return { status: response.status, text, json: type.includes("json") ? JSON.parse(text) : undefined, type, response }
  })

/** What a raw client reads until the server closes the connection, or for so long. */
const raw = (port: number, text: string, waitMs = 3000) =>
  Effect.promise(
    () =>
      new Promise<string>((resolve) => {
        let got = ""
        const socket = connect(port, "127.0.0.1", () => socket.write(text))
        const end = () => {
          socket.destroy()
          resolve(got)
        }
        socket.on("data", (chunk) => void (got += chunk.toString()))
        socket.on("close", end)
        socket.on("error", end)
        setTimeout(end, waitMs)
      })
  )

describe("the server of the API", () => {
  it.live("answers every fault as problem+json with a code, and shows nothing of a bug", () =>
    serve(({ url, port }) =>
      Effect.gen(function* () {
        const codeOf = (path: string, init: RequestInit = {}) =>
          Effect.map(ask(`${url}${path}`, init), ({ json, status, type }) => {
            assert.include(type, status === 200 ? "application/json" : "application/problem+json")
            return `${status} ${json.code ?? ""}`.trim()
          })
        const post = (body: string, more: Record<string, string> = {}) => ({
          method: "POST",
          headers: { ...trader, "content-type": "application/json", ...more },
          body
        })
        assert.strictEqual(yield* codeOf("/nothing"), "404 NOT_FOUND")
        assert.strictEqual(yield* codeOf("/orders", { method: "PUT", headers: trader }), "405 METHOD_NOT_ALLOWED")
        assert.strictEqual(yield* codeOf("/orders", { method: "POST" }), "401 TOKEN_MISSING")
        assert.strictEqual(
          yield* codeOf("/orders", { method: "POST", headers: { authorization: "Bearer eve viewer" } }),
          "403 FORBIDDEN"
        )
        assert.strictEqual(yield* codeOf("/orders", post("x".repeat(1001))), "413 REQUEST_TOO_LARGE")
        assert.strictEqual(yield* codeOf("/orders", post("{}", { "content-type": "text/plain" })), "415 NOT_JSON")
        assert.strictEqual(yield* codeOf("/bug", { headers: trader }), "500 INTERNAL")
        assert.strictEqual(yield* codeOf("/orders/%ff", { headers: trader }), "404 NOT_FOUND")
        const bug = yield* ask(`${url}/bug`, { headers: trader })
        assert.notInclude(bug.text, "secret inside")
        assert.include(bug.text, "bug-1")
        const good = yield* ask(`${url}/orders/a%2Fb`, { headers: trader })
        assert.deepStrictEqual(good.json, { bytes: 0, params: { id: "a/b" } })
        assert.strictEqual(good.response.headers.get("cache-control"), "no-store")
        // A body in parts, of which no header gives the length.
        const head = `POST /orders HTTP/1.1\r\nhost: x\r\n${"authorization: Bearer robot trader"}\r\n`
        const chunked = `${head}transfer-encoding: chunked\r\n\r\n${"3e8\r\n".concat("x".repeat(1000))}\r\n3e8\r\n${"x".repeat(1000)}\r\n0\r\n\r\n`
        assert.match(yield* raw(port, chunked), /^HTTP\/1.1 413 /)
        // Who waits for 100 Continue sends no body that is refused.
        const expect = (auth: string) =>
          `POST /orders HTTP/1.1\r\nhost: x\r\n${auth}expect: 100-continue\r\ncontent-length: 2\r\nconnection: close\r\n\r\n`
        assert.match(yield* raw(port, expect(""), 500), /^HTTP\/1.1 401 /)
        assert.match(yield* raw(port, expect("authorization: Bearer robot trader\r\n"), 500), /^HTTP\/1.1 100 /)
        assert.match(yield* raw(port, "nonsense\r\n\r\n"), /^HTTP\/1.1 400 Bad Request\r\n[^]*NOT_HTTP/)
        assert.match(yield* raw(port, `GET / HTTP/1.1\r\nx: ${"y".repeat(20_000)}\r\n\r\n`), /^HTTP\/1.1 431 /)
      })
    )
  )

  it.live("carries a request out to its end when its client goes away, and keeps its place until then", () =>
    serve(({ done, port, release, url }) =>
      Effect.gen(function* () {
        const head = "POST /slow HTTP/1.1\r\nhost: x\r\nauthorization: Bearer robot trader\r\ncontent-length: 0\r\n\r\n"
        for (let n = 0; n < 32; n++) yield* raw(port, head, 30)
        const busy = yield* ask(`${url}/slow`, { method: "POST", headers: trader })
        assert.strictEqual(busy.json.code, "BUSY")
        const cancel = yield* ask(`${url}/cancel`, { method: "POST", headers: trader })
        assert.strictEqual(cancel.status, 200)
        release()
        yield* Effect.sleep(50)
        assert.strictEqual(done.length, 32)
        const free = yield* ask(`${url}/slow`, { method: "POST", headers: trader })
        assert.strictEqual(free.status, 200)
      })
    )
  )

  it.live("lets requests in progress end at a stop, and takes no new one", () =>
    serve(({ done, release, url }, stop) =>
      Effect.gen(function* () {
        const slow = yield* Effect.forkChild(ask(`${url}/slow`, { method: "POST", headers: trader }))
        yield* Effect.sleep(50)
        const stopped = yield* Effect.forkChild(stop)
        yield* Effect.sleep(50)
        const refused = yield* Effect.promise(() =>
          fetch(`${url}/health`).then(
            () => "taken",
            () => "refused"
          )
        )
        assert.strictEqual(refused, "refused")
        release()
        const answer = yield* Fiber.join(slow)
        assert.strictEqual(answer.status, 200)
        assert.deepStrictEqual(done, ["slow"])
        const startedMs = performance.now()
        yield* Fiber.join(stopped)
        assert.isBelow(performance.now() - startedMs, 1000)
      })
    )
  )

  it.live("answers or closes whatever bytes come, and goes on", () =>
    serve(({ port, url }) =>
      Effect.gen(function* () {
        const good =
          "POST /orders HTTP/1.1\r\nhost: x\r\nauthorization: Bearer robot trader\r\ncontent-length: 2\r\n\r\n{}"
        const whole = wholesOf(7)
        const damaged = () => {
          const at = whole(good.length)
          const cut =
            whole(4) === 0
              ? good.slice(0, at)
              : good.slice(0, at) + String.fromCharCode(whole(256)) + good.slice(at + whole(3))
          return cut.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")
        }
        const answers = yield* Effect.all(
          Array.from({ length: 300 }, () => raw(port, damaged(), 400)),
          { concurrency: 40 }
        )
        const statuses = answers.flatMap((answer) => /^HTTP\/1.1 (\d{3}) /.exec(answer)?.[1] ?? [])
        assert.isAbove(statuses.length, 100)
        assert.notInclude(statuses, "500")
        assert.strictEqual((yield* ask(`${url}/health`)).status, 200)
      })
    )
  )

  it.live("refuses to be public without a token, and reports a port that is in use", () =>
    Effect.gen(function* () {
      const failed = (more: Partial<HttpApiOptions>) =>
        Effect.map(Effect.flip(Effect.scoped(serveHttpApi({ ...plain, ...more }))), ({ code }) => code)
      assert.strictEqual(yield* failed({ host: "0.0.0.0" }), "API_PUBLIC_WITHOUT_TOKENS")
      assert.strictEqual(yield* failed({ host: "192.0.2.1", activeTokens: () => 1 }), "API_NOT_LISTENING")
      const { port } = yield* serveHttpApi({ ...plain })
      assert.strictEqual(yield* failed({ port }), "API_PORT_IN_USE")
    }).pipe(Effect.scoped)
  )

  it.live("answers others while one client holds all connections, and another sends without waiting", () =>
    serve(({ cuts, port, url }) =>
      Effect.gen(function* () {
        const sockets: Array<Socket> = []
        for (let n = 0; n < connectionLimits.connectionsMax + 20; n++) {
          sockets.push(connect(port, "127.0.0.1").on("error", () => undefined))
        }
        yield* Effect.sleep(200)
        const health = yield* ask(`${url}/health`)
        assert.strictEqual(health.status, 200)
        assert.isAtLeast(cuts(), 20)
        for (const socket of sockets) socket.destroy()
        yield* Effect.sleep(100)
        // 500 requests in one write: those beyond what a connection may have open cost the connection.
        const one = "POST /slow HTTP/1.1\r\nhost: x\r\nauthorization: Bearer robot trader\r\ncontent-length: 0\r\n\r\n"
        const before = cuts()
        yield* raw(port, one.repeat(500), 1000)
        assert.strictEqual(cuts(), before + 1)
        assert.strictEqual((yield* ask(`${url}/health`)).status, 200)
      })
    )
  )

  it.live("answers a cancel within a moment while one client sends orders as fast as it can", () =>
    serve(({ url }) =>
      Effect.gen(function* () {
        let sent = 0
        const flood = { on: true }
        const client = Effect.promise(async () => {
          while (flood.on) {
            await fetch(`${url}/orders`, { method: "POST", headers: trader }).then((response) => response.text())
            sent++
          }
        })
        const clients = Array.from({ length: 20 }, () => client)
        const measure = Effect.gen(function* () {
          yield* Effect.sleep(300)
          let slowestMs = 0
          for (let n = 0; n < 20; n++) {
            const startedMs = performance.now()
            const { status } = yield* ask(`${url}/cancel`, { method: "POST", headers: trader })
            assert.strictEqual(status, 200)
            slowestMs = Math.max(slowestMs, performance.now() - startedMs)
          }
          flood.on = false
          return slowestMs
        })
        const [slowestMs] = yield* Effect.all([measure, ...clients], { concurrency: "unbounded" })
        assert.isBelow(slowestMs, 250)
        assert.isAbove(sent, 60)
      })
    )
  )
})
