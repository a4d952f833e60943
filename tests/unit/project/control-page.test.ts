// A script is written from docs/reference/control.md: the page must say what the daemon answers, and the server's
// permissions must let those requests through.
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { controlPage, tablePages } from "../../../deploy/dev/control-page.ts"
import { type CommandSpec, codesOf } from "../../../src/protocol/control/command-spec.ts"
import { commandMessage } from "../../../src/protocol/control/commands.ts"
import { readRequest } from "../../../src/protocol/control/control.ts"
import { ControlErrorCode } from "../../../src/protocol/control/error-codes.ts"
import { marketCommands } from "../../../src/protocol/market/commands.ts"
import { controlSubject } from "../../../src/protocol/market/status.ts"
import { tradingCommands } from "../../../src/protocol/trading/commands.ts"

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8")
const specs: ReadonlyArray<CommandSpec> = Object.values(marketCommands)
const everyRole: ReadonlyArray<CommandSpec> = tablePages.flatMap((page) => page.specs)

describe("the pages of the control planes", () => {
  it("are what the command tables say", () => {
    assert.strictEqual(tablePages.length, 2)
    for (const page of tablePages) {
      const text = read(page.path)
      assert.strictEqual(text, controlPage(page, text), `${page.path} is stale: run 'npm run generate'`)
    }
  })

  it("show requests that decode, and a Chinese text for each entry", () => {
    for (const { descriptionZh, example, name, request } of everyRole) {
      const payload = new TextEncoder().encode(JSON.stringify(example))
      assert.isTrue(Result.isSuccess(readRequest(request, payload)), name)
      assert.match(descriptionZh, /\p{Script=Han}/u, name)
    }
  })
})

describe("the command table", () => {
  it("is a list of clients too: names are their keys, and no two entries share a subject", () => {
    assert.deepStrictEqual(
      specs.map(({ name }) => name),
      Object.keys(marketCommands)
    )
    const messages = specs.map((spec) => commandMessage(spec, controlSubject("md-1", spec.name)))
    const subjects = messages.flatMap(({ shared_subject, subject }) => [subject, shared_subject])
    const known = subjects.filter((subject) => subject !== null)
    assert.strictEqual(new Set(known).size, known.length)
    // One message carries the table, with room for many more entries.
    assert.isBelow(JSON.stringify(messages).length, 100_000)
  })

  it("has each code of a daemon in an entry, but for that of an unknown subject", () => {
    const used = new Set(everyRole.flatMap(codesOf))
    const codes = ControlErrorCode.literals
    assert.deepStrictEqual(
      codes.filter((code) => !used.has(code)),
      ["UNKNOWN_VERB"]
    )
  })

  it("is what the secure server lets the daemon answer and the operators ask, and readers of ticks not", () => {
    const conf = read("deploy/nats/secure/accounts.conf")
    const blockOf = (key: string) => {
      const from = conf.indexOf(`nkey: $${key}`)
      assert.isAbove(from, 0, key)
      const end = conf.indexOf("nkey: $", from + 1)
      return conf.slice(from, end < 0 ? conf.length : end)
    }
    const allows = (block: string, subject: string) =>
      block.includes(`"${subject}"`) || (subject.startsWith("md.ctl.") && block.includes('"md.ctl.>"'))
    const subjects = specs.flatMap(({ name, shared, sharedOnly }) => [
      ...(sharedOnly === true ? [] : [controlSubject("md-1", name)]),
      ...(shared === undefined ? [] : [shared.subject])
    ])
    for (const subject of subjects) {
      for (const key of ["DAEMON_OPS_NKEY", "OPS_NKEY"]) {
        assert.isTrue(allows(blockOf(key), subject), `${key} ${subject}`)
      }
      assert.isFalse(allows(blockOf("READER_NKEY"), subject), `READER_NKEY ${subject}`)
    }
    // A program that trades reads, sends orders and stops trading; what starts it again is for the other roles.
    const trader = blockOf("TRADER_NKEY")
    const allowed = [...trader.slice(0, trader.indexOf("subscribe")).matchAll(/"trade\.ctl\.\*\.([a-z-]+)"/g)]
    assert.sameMembers(
      allowed.map(([, name]) => name),
      Object.values(tradingCommands).flatMap(({ name, roles }) => (roles.includes("trader") ? [name] : []))
    )
    assert.include(blockOf("TRADE_DAEMON_NKEY"), '"trade.ctl.>"')
    assert.include(blockOf("OPS_NKEY"), '"trade.ctl.>"')
    for (const key of ["READER_NKEY", "DAEMON_NKEY", "DAEMON_OPS_NKEY"]) assert.notInclude(blockOf(key), "trade.ctl")
  })
})
