// Who reads ticks must not be able to command a drill, and without a key no client may read, write or query: by the
// server's permissions, with the very files that `tickd nats init` makes.
import { readFileSync, writeFileSync } from "node:fs"
import { createConnection } from "node:net"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { type NatsConnection, nkeys } from "@nats-io/transport-node"
import { Effect } from "effect"
import { renewNats } from "../../src/cli/nats/nats-renew.ts"
import { connectNats } from "../../src/platform/nats/connect.ts"
import { startFencedWriter } from "../support/fenced-writer.ts"
import { assertStored, startPublishRun } from "../support/nats-publish-run.ts"
import { connectAs, type Installation, install, optionsOf, serve, startSecure } from "../support/nats-secure.ts"
import { startServer } from "../support/nats-server.ts"
import { until } from "../support/until.ts"

/** The server's reaction to an attempt: `done`, or the refusal. */
const attempt = (run: () => Promise<unknown>) =>
  Effect.promise(() =>
    run().then(
      () => "done",
      (cause: unknown) => (cause instanceof Error ? `${cause.name} ${cause.message}` : String(cause))
    )
  )
const denied = /permission|violation/i

/** The first error that the server reports for a subscription, or `accepted`. */
const subscribes = (connection: NatsConnection, subject: string) =>
  attempt(
    () =>
      new Promise<void>((resolve, reject) => {
        connection.subscribe(subject, { callback: (error) => void (error !== null && reject(error)) })
        // The server reports a refusal before it answers a flush; a second flush also waits for the callback.
        connection
          .flush()
          .then(() => connection.flush())
          .then(resolve, reject)
      })
  )

/** A daemon's control plane that answers `status` and counts requests to `inject`. */
const startHandler = Effect.fnUntraced(function* (installation: Installation) {
  const handler = yield* connectAs(installation, "daemon-ops")
  let commands = 0
  handler.subscribe("md.ctl.t1.status", { callback: (_, message) => void message.respond("ready") })
  handler.subscribe("md.ctl.t1.inject", { callback: () => void commands++ })
  yield* Effect.promise(() => handler.flush())
  return { commands: () => commands }
})

/** A daemon that stored `count` ticks as its role may. */
const storeTicks = Effect.fnUntraced(function* (installation: Installation, count: number) {
  const run = yield* startPublishRun(installation.url, { connect: connectNats(optionsOf(installation, "daemon")) })
  yield* run.sendUpTo(count)
  yield* run.publisher.drained
  return run
})

describe("a secure NATS server", () => {
  it.live("refuses every client without TLS, without a key, or with a wrong one", () =>
    Effect.gen(function* () {
      const installation = yield* startSecure
      const good = optionsOf(installation, "daemon")
      const { nkeyFile: _, ...noKey } = good
      const stranger = join(installation.folder, "stranger.nk")
      writeFileSync(stranger, new TextDecoder().decode(nkeys.createUser().getSeed()))
      const other = yield* install
      const codeOf = (options: Parameters<typeof connectNats>[0]) =>
        Effect.map(
          Effect.flip(connectNats({ ...options, reconnect: false })),
          ({ code, message }) => `${code}: ${message}`
        )
      assert.match(yield* codeOf(noKey), /^NATS_AUTH_REJECTED/)
      assert.match(yield* codeOf({ ...noKey, user: "daemon", pass: "guess" }), /^NATS_AUTH_REJECTED/)
      assert.match(yield* codeOf({ ...good, nkeyFile: stranger }), /^NATS_AUTH_REJECTED/)
      assert.match(yield* codeOf({ ...good, tls: { caFile: join(other.folder, "ca.crt") } }), /^NATS_TLS_REJECTED/)
      assert.match(yield* codeOf({ ...good, nkeyFile: join(installation.folder, "ca.key") }), /^NATS_OPTIONS_INVALID/)
      assert.match(yield* codeOf({ ...good, tls: { caFile: "/nowhere/ca.crt" } }), /^NATS_OPTIONS_INVALID/)
      // a client that requires TLS never talks to a server without it, so no attacker in between can disable it
      const plain = yield* startServer()
      assert.match(yield* codeOf({ ...good, url: plain.url }), /^NATS_TLS_REJECTED/)
      // and a client without TLS is disconnected before anything else
      const said = yield* Effect.promise(
        () =>
          new Promise<string>((resolve) => {
            let text = ""
            const socket = createConnection({ host: "127.0.0.1", port: installation.port })
            socket.setEncoding("utf8").on("data", (chunk: string) => {
              text += chunk
            })
            socket.on("error", () => {}).on("close", () => resolve(text))
            socket.write('CONNECT {"verbose":false}\r\nSUB > 1\r\nPING\r\n')
          })
      )
      assert.include(said, '"tls_required":true')
      assert.notInclude(said, "PONG")
    })
  )

  it.live("carries the publisher's line: 5,000 ticks stored once, in order, and read back by a reader", () =>
    Effect.gen(function* () {
      const installation = yield* startSecure
      const run = yield* storeTicks(installation, 5000)
      const reader = yield* connectAs(installation, "reader")
      assertStored(
        run,
        yield* Effect.promise(async () => {
          const consumer = await jetstream(reader).consumers.get("MD_TICKS")
          const messages = await consumer.consume({ max_messages: 5000 })
          const texts: Array<string> = []
          for await (const message of messages) {
            texts.push(message.string())
            if (message.info.pending === 0) break
          }
          return texts
        })
      )
    })
  )

  it.live("a reader cannot publish, call control verbs, purge, delete, or read another role's inbox", () =>
    Effect.gen(function* () {
      const installation = yield* startSecure
      const handler = yield* startHandler(installation)
      yield* storeTicks(installation, 100)
      const reader = yield* connectAs(installation, "reader")
      const manager = yield* Effect.promise(() => jetstreamManager(reader))
      const forbidden: Record<string, () => Promise<unknown>> = {
        publish: () => jetstream(reader).publish("md.tick.SHFE.rb.rb2701", "forged"),
        status: () => reader.request("md.ctl.t1.status", "", { timeout: 1000, noMux: true }),
        inject: () => reader.request("md.ctl.t1.inject", "{}", { timeout: 1000, noMux: true }),
        purge: () => manager.streams.purge("MD_TICKS"),
        deleteStream: () => manager.streams.delete("MD_TICKS"),
        deleteMessage: () => manager.streams.deleteMessage("MD_TICKS", 1),
        update: () => manager.streams.update("MD_TICKS", { max_msgs: 1 }),
        create: () => manager.streams.add({ name: "MINE", subjects: ["mine"] })
      }
      for (const [what, run] of Object.entries(forbidden)) assert.match(yield* attempt(run), denied, what)
      for (const subject of ["_INBOX_DAEMON.>", "_INBOX_OPS.>", "_INBOX.>", "$JS.API.>", ">"]) {
        assert.match(yield* subscribes(reader, subject), denied, subject)
      }
      // core publishing is refused without an error in the sender's code; what matters is that nothing is stored
      reader.publish("md.tick.SHFE.rb.rb2701", "forged")
      yield* Effect.promise(() => reader.flush())
      assert.strictEqual((yield* Effect.promise(() => manager.streams.info("MD_TICKS"))).state.messages, 100)
      assert.strictEqual(handler.commands(), 0)
    })
  )

  it.live("a reader cannot make the server deliver ticks as commands to the handler; in one account it could", () =>
    Effect.gen(function* () {
      const commandsAfterAttack = Effect.fnUntraced(function* (installation: Installation, succeeds: boolean) {
        yield* serve(installation.folder, "tickd.conf", "tickd-nats", installation.port)
        const handler = yield* startHandler(installation)
        yield* storeTicks(installation, 50)
        const reader = yield* connectAs(installation, "reader")
        yield* Effect.promise(async () => {
          const manager = await jetstreamManager(reader)
          await manager.consumers.add("MD_TICKS", { durable_name: "x", deliver_subject: "md.ctl.t1.inject" })
        })
        const ops = yield* connectAs(installation, "ops")
        if (succeeds) yield* until("the attack", () => handler.commands() > 0)
        else yield* Effect.sleep(500)
        const status = yield* Effect.promise(() => ops.request("md.ctl.t1.status", "", { timeout: 2000, noMux: true }))
        assert.strictEqual(status.string(), "ready")
        return handler.commands()
      })
      // the same users with the same permissions, all in one account: the attack works there
      const merged = yield* install
      const path = join(merged.folder, "accounts.conf")
      const text = readFileSync(path, "utf8")
      const oneAccount = text.replace(/ {4}\]\n {2}\}\n\n {2}# Operations[^]*?users = \[\n/, "")
      writeFileSync(path, oneAccount.replaceAll("accounts: [OPS]", "accounts: [MD]"))
      assert.isAbove(yield* commandsAfterAttack(merged, true), 0)
      assert.strictEqual(yield* commandsAfterAttack(yield* install, false), 0)
    })
  )

  it.live("only the daemon registers the writer of the ticks: neither reader nor ops can fence it", () =>
    Effect.gen(function* () {
      const installation = yield* startSecure
      const writer = yield* startFencedWriter(
        installation.url,
        { instance: "t1" },
        { connect: connectNats(optionsOf(installation, "daemon")) }
      )
      yield* writer.sendUpTo(50)
      const record = JSON.stringify({
        version: 1,
        stream: "MD_TICKS",
        epoch: 99,
        run: "forged",
        instance: "evil",
        host: "x",
        pid: 1,
        since: 0,
        renewed: 0,
        released: false
      })
      const subject = "$KV.md_epoch.MD_TICKS"
      const reader = yield* connectAs(installation, "reader")
      const ops = yield* connectAs(installation, "ops")
      for (const role of [reader, ops]) {
        assert.match(yield* attempt(() => jetstream(role).publish(subject, record)), denied)
        role.publish(subject, record)
        yield* Effect.promise(() => role.flush())
      }
      assert.match(yield* subscribes(ops, "$KV.md_epoch.>"), denied)
      // a reader can only have stored ticks copied there: noise, which is not a record and is overwritten
      yield* Effect.promise(async () => {
        const manager = await jetstreamManager(reader)
        await manager.consumers.add("MD_TICKS", { durable_name: "noise", deliver_subject: subject })
      })
      yield* Effect.sleep(1500)
      yield* writer.sendUpTo(200)
      yield* writer.publisher.drained
      assert.strictEqual(writer.fence.lost(), undefined)
      // a copy cannot make an own record among the ticks: the epoch's own stream may not be delivered to itself
      const copied = yield* attempt(async () => {
        const manager = await jetstreamManager(reader)
        await manager.consumers.add("KV_md_epoch", { durable_name: "old", deliver_subject: subject })
      })
      assert.match(copied, /cycle/i)
      // a permitted user can: the daemon is notified at once
      const next = yield* startFencedWriter(
        installation.url,
        { instance: "t2", takeOver: true },
        { connect: connectNats(optionsOf(installation, "daemon")) }
      )
      yield* writer.linkIs("fenced", 2000)
      yield* next.linkIs("up")
    })
  )

  it.live("ops asks and commands, and neither publishes nor reads ticks", () =>
    Effect.gen(function* () {
      const installation = yield* startSecure
      const handler = yield* startHandler(installation)
      yield* storeTicks(installation, 50)
      const ops = yield* connectAs(installation, "ops")
      const status = yield* Effect.promise(() => ops.request("md.ctl.t1.status", "", { timeout: 2000, noMux: true }))
      assert.strictEqual(status.string(), "ready")
      ops.publish("md.ctl.t1.inject", "{}")
      assert.match(yield* attempt(() => jetstream(ops).publish("md.tick.SHFE.rb.rb2701", "forged")), denied)
      assert.match(yield* attempt(() => jetstream(ops).publish("md.event.audit", "forged")), denied)
      assert.match(yield* attempt(() => jetstream(ops).publish("$KV.md_state.t1.x", "forged")), denied)
      assert.match(yield* subscribes(ops, "md.tick.>"), denied)
      assert.match(yield* subscribes(ops, "md.ctl.>"), denied)
      assert.notStrictEqual(yield* attempt(() => jetstream(ops).consumers.get("MD_TICKS")), "done")
      assert.strictEqual(handler.commands(), 1)
    })
  )

  it.live("the daemon's own keys delete and purge nothing, and each speaks on its own plane only", () =>
    Effect.gen(function* () {
      const installation = yield* startSecure
      yield* storeTicks(installation, 50)
      const line = yield* connectAs(installation, "daemon")
      const handler = yield* connectAs(installation, "daemon-ops")
      const manager = yield* Effect.promise(() => jetstreamManager(line))
      assert.match(yield* attempt(() => manager.streams.delete("MD_TICKS")), denied)
      assert.match(yield* attempt(() => manager.streams.purge("MD_TICKS")), denied)
      assert.match(yield* attempt(() => jetstream(line).publish("md.ctl.t1.inject", "{}")), denied)
      assert.match(yield* subscribes(line, "md.ctl.>"), denied)
      assert.match(yield* attempt(() => jetstream(handler).publish("md.tick.SHFE.rb.rb2701", "forged")), denied)
      assert.match(
        yield* attempt(() => handler.request("md.ctl.t1.inject", "{}", { timeout: 1000, noMux: true })),
        denied
      )
    })
  )

  it.live("a key that is taken back is out at once, a renewed certificate is taken, and the others stay", () =>
    Effect.gen(function* () {
      const installation = yield* install
      const { folder, port } = installation
      const server = yield* serve(folder, "tickd.conf", "tickd-nats", port)
      const reader = yield* connectAs(installation, "reader")
      const ops = yield* connectAs(installation, "ops")
      const keys = readFileSync(join(folder, "keys.conf"), "utf8")
      const fresh = nkeys.createUser().getPublicKey()
      writeFileSync(join(folder, "keys.conf"), keys.replace(/(READER_NKEY: ).*/, `$1"${fresh}"`))
      const before = readFileSync(join(folder, "server.crt"), "utf8")
      yield* renewNats({ dir: folder, hosts: [], json: false })
      assert.notStrictEqual(readFileSync(join(folder, "server.crt"), "utf8"), before)
      server.kill("SIGHUP")
      yield* Effect.promise(() => reader.closed())
      assert.strictEqual(
        (yield* Effect.flip(connectNats(optionsOf(installation, "reader")))).code,
        "NATS_AUTH_REJECTED"
      )
      yield* Effect.promise(() => ops.flush())
      yield* connectAs(installation, "daemon")
    })
  )
})
