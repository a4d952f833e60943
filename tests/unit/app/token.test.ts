// A token's text is shown once and kept nowhere: not in the file, not in the list, not in the audit.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { afterAll, assert, it } from "@effect/vitest"
import { Console, Effect, Layer, Result } from "effect"
import { Command } from "effect/cli"
import { command } from "../../../src/app/token/token.ts"
import { readAuditLines } from "../../../src/platform/audit/audit-file.ts"
import { invocation } from "../../support/invocation.ts"

const folder = mkdtempSync(join(tmpdir(), "tickd-token-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (...argv: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const log = { ...console, log: (text: string) => void lines.push(text) } as Console.Console
    const result = yield* Effect.result(
      Command.runWith(command, { version: "1" })(argv).pipe(
        Effect.provideService(Console.Console, log),
        Effect.provide(Layer.merge(NodeServices.layer, invocation({ TICKD_STATE_DIR: folder })))
      )
    )
    return { text: lines.join("\n"), failure: Result.isFailure(result) ? result.failure : undefined }
  })

it.live("creates, lists and revokes tokens, and writes each change to the audit", () =>
  Effect.gen(function* () {
    const made = yield* run("create", "robot", "--role", "trader", "--role", "ops", "--days", "1", "--json")
    const { token } = JSON.parse(made.text) as { readonly token: string }
    assert.match(token, /^tkd_/)
    const again = yield* run("create", "robot", "--role", "viewer")
    assert.strictEqual((again.failure as { readonly code?: string } | undefined)?.code, "TOKEN_EXISTS")
    const listed = yield* run("list")
    assert.match(listed.text, /robot {2}[0-9a-f]{8} {2}trader,ops {2}active/)
    yield* run("revoke", "robot")
    assert.include((yield* run("list", "--json")).text, '"state":"revoked"')
    const entries = readAuditLines(join(folder, "audit-operations.jsonl")).map((line) => JSON.parse(line).entry)
    assert.deepStrictEqual(
      entries.map(({ verb, request }) => `${verb} ${request.name}`),
      ["token create robot", "token revoke robot"]
    )
    const secret = token.slice(13)
    for (const name of readdirSync(folder)) assert.notInclude(readFileSync(join(folder, name), "utf8"), secret, name)
    assert.notInclude(JSON.stringify(entries), "hash")
  })
)
