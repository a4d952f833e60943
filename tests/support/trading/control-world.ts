// The control plane of a trading daemon over the world of `trade-world.ts`, with its audit in a folder.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { NatsConnection } from "@nats-io/transport-node"
import { Context, Effect, Layer, Schema } from "effect"
import { readAuditLines } from "../../../src/platform/audit/audit-file.ts"
import type { AuditLine } from "../../../src/protocol/control/command.ts"
import { type TradingCommands, tradingCommands } from "../../../src/protocol/trading/commands.ts"
import { TradeControl, tradeControlLayer } from "../../../src/trading/layers/control/trading-control.ts"
import { CommandEntrance } from "../../../src/trading/ports/command-entrance.ts"
import { bytesOf } from "../send-command.ts"
import { startTradeWorld, type TradeWorldOptions } from "./trade-world.ts"

/** A folder that goes with the scope. */
const auditFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-trade-control-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

export interface ControlWorldOptions extends TradeWorldOptions {
  readonly connection?: () => NatsConnection | undefined
}

export const startControlWorld = Effect.fnUntraced(function* (options: ControlWorldOptions = {}) {
  const folder = yield* auditFolder
  const world = yield* startTradeWorld(options)
  const done: Array<string> = []
  const audit = () =>
    readAuditLines(join(folder, "audit.jsonl")).map((text) => {
      const { entry } = JSON.parse(text) as AuditLine
      return [entry.verb, entry.result, entry.code, entry.by.user].filter((part) => part !== null).join(" ")
    })
  /** Why, by the audit file, in its sequence. */
  const auditReasons = () =>
    readAuditLines(join(folder, "audit.jsonl")).map((text) => (JSON.parse(text) as AuditLine).entry.reason)
  let atRestart: ReadonlyArray<string> = []
  const control = yield* Layer.build(
    tradeControlLayer({
      version: "1.0.0",
      venue: "simulated",
      stateDir: folder,
      connection: options.connection ?? (() => undefined),
      startedMs: yield* Effect.clockWith((clock) => Effect.sync(() => clock.currentTimeMillisUnsafe())),
      setLogLevel: (level) => void done.push(level),
      restartChild: (path) =>
        Effect.sync(() => {
          atRestart = audit()
          done.push(`restart ${path}`)
        }),
      drain: () => void done.push("drain")
    })
  ).pipe(Effect.provideContext(world.context))
  const { body, during } = Context.get(control, TradeControl)
  yield* Effect.forkScoped(during(body(Effect.void)))
  const { perform } = Context.get(control, CommandEntrance)

  /** Sends a request as `who`; the reply is read as a client reads it. */
  const send = <Name extends keyof TradingCommands>(name: Name, request: object = {}, who = "wang") =>
    Effect.map(perform(name, bytesOf(request), { user: who, client: "test" }), (reply) =>
      Schema.decodeUnknownSync(
        tradingCommands[name].reply as Schema.Codec<TradingCommands[Name]["reply"]["Type"], unknown>
      )(JSON.parse(JSON.stringify(reply)))
    )
  return {
    ...world,
    done,
    folder,
    send,
    /** Entries of the audit file: `verb result code user`. */
    audit,
    auditReasons,
    /** What the audit held when a child was restarted. */
    atRestart: () => atRestart
  }
})
