// A token that is lost, expired or taken back must open nothing, and what is on the disk must open nothing either.
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { newToken, tokenIdOf } from "../../../../../src/trading/adapters/http/tokens/api-token.ts"
import { isCaller, makeAuthenticator } from "../../../../../src/trading/adapters/http/tokens/authenticate.ts"
import { createToken, revokeToken } from "../../../../../src/trading/adapters/http/tokens/token-commands.ts"
import { readTokens, tokensMax } from "../../../../../src/trading/adapters/http/tokens/token-file.ts"

const nowMs = Date.parse("2026-12-01T12:00:00Z")
let folder = ""
let path = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-tokens-"))
  path = join(folder, "api-tokens.json")
})
afterEach(() => rmSync(folder, { recursive: true }))

const create = (name: string, more: Partial<Parameters<typeof createToken>[1]> = {}) =>
  Result.getOrThrow(
    createToken(path, { name, roles: ["trader"], by: "ops@host", nowMs, expiresAtMs: undefined, ...more })
  )

/** An authenticator whose clocks the test moves. */
const authenticator = () => {
  const clock = { nowMs, monotonicMs: 0 }
  const problems: Array<string | undefined> = []
  const made = makeAuthenticator({
    path,
    nowMs: () => clock.nowMs,
    monotonicMs: () => clock.monotonicMs,
    onProblem: (problem) => void problems.push(problem?.message)
  })
  const codeOf = (authorization: string | undefined) => {
    const found = made.authenticate(authorization)
    return isCaller(found) ? `${found.name}: ${[...found.roles].join(" ")}` : found.code
  }
  return { ...made, codeOf, clock, problems }
}

describe("tokens of the API", () => {
  it("are kept as hashes, in a file of their owner", () => {
    const { text } = create("robot")
    const kept = readFileSync(path, "utf8")
    assert.notInclude(kept, text.slice(13))
    assert.strictEqual(statSync(path).mode & 0o777, 0o600)
    assert.match(text, /^tkd_[0-9a-f]{8}_[A-Za-z0-9_-]{43}$/)
  })

  it("name their caller and its roles", () => {
    const { text } = create("robot", { roles: ["trader", "risk"] })
    assert.strictEqual(authenticator().codeOf(`Bearer ${text}`), "robot: trader risk")
    assert.strictEqual(authenticator().codeOf(`bearer   ${text} `), "robot: trader risk")
  })

  it("refuses what is no token of this daemon", () => {
    const { text } = create("robot")
    const { codeOf } = authenticator()
    assert.strictEqual(codeOf(undefined), "TOKEN_MISSING")
    assert.strictEqual(codeOf(""), "TOKEN_MISSING")
    const other = newToken({
      name: "x",
      roles: ["ops"],
      created_at: "2026-12-01T12:00:00.000Z",
      created_by: "",
      expires_at: null
    })
    const flipped = `${text.slice(0, -1)}${text.endsWith("A") ? "B" : "A"}`
    const ofId = `tkd_${tokenIdOf(text)}_${other.text.slice(13)}`
    for (const wrong of [
      other.text,
      flipped,
      ofId,
      `${text}x`,
      text.slice(0, -1),
      "",
      "tkd_00000000_",
      `${text} ${text}`
    ]) {
      assert.strictEqual(codeOf(`Bearer ${wrong}`), "TOKEN_UNKNOWN", wrong)
    }
    for (const scheme of ["Basic", "Token", ""]) assert.strictEqual(codeOf(`${scheme} ${text}`), "TOKEN_UNKNOWN")
  })

  it("ends with its expiry, and reports so to its owner alone", () => {
    const { text, token } = create("robot", { expiresAtMs: nowMs + 1000 })
    const run = authenticator()
    assert.strictEqual(run.codeOf(`Bearer ${text}`), "robot: trader")
    run.clock.nowMs += 1000
    assert.strictEqual(run.codeOf(`Bearer ${text}`), "TOKEN_EXPIRED")
    assert.strictEqual(run.codeOf(`Bearer tkd_${token.id}_${"A".repeat(43)}`), "TOKEN_UNKNOWN")
    assert.strictEqual(run.activeTokens(), 0)
  })

  it("is refused a second after it was revoked", () => {
    const { text } = create("robot")
    const run = authenticator()
    assert.strictEqual(run.codeOf(`Bearer ${text}`), "robot: trader")
    assert.isTrue(Result.isSuccess(revokeToken(path, "robot", "ops@host", nowMs)))
    run.clock.monotonicMs += 1000
    assert.strictEqual(run.codeOf(`Bearer ${text}`), "TOKEN_REVOKED")
  })

  it("opens nothing while the file cannot be used, and works again afterwards", () => {
    const { text } = create("robot")
    const run = authenticator()
    const good = readFileSync(path, "utf8")
    const after = (change: () => void) => {
      change()
      run.clock.monotonicMs += 1000
      return run.codeOf(`Bearer ${text}`)
    }
    assert.strictEqual(
      after(() => writeFileSync(path, "{")),
      "TOKENS_UNREADABLE"
    )
    assert.strictEqual(
      after(() => writeFileSync(path, '{"version":2,"tokens":[]}')),
      "TOKENS_UNREADABLE"
    )
    assert.strictEqual(
      after(() => writeFileSync(path, good)),
      "robot: trader"
    )
    assert.strictEqual(
      after(() => chmodSync(path, 0o644)),
      "TOKENS_UNREADABLE"
    )
    assert.strictEqual(
      after(() => chmodSync(path, 0o600)),
      "robot: trader"
    )
    assert.strictEqual(
      after(() => rmSync(path)),
      "TOKEN_UNKNOWN"
    )
    assert.strictEqual(run.problems.length, 4)
    assert.include(run.problems[2] ?? "", `chmod 600 ${path}`)
  })

  it("has one active token of a name, and a bounded number", () => {
    create("robot")
    const codeOf = (name: string) => {
      const made = createToken(path, { name, roles: ["viewer"], by: "", nowMs, expiresAtMs: undefined })
      return Result.isFailure(made) ? made.failure.code : "made"
    }
    assert.strictEqual(codeOf("robot"), "TOKEN_EXISTS")
    assert.strictEqual(codeOf("a b"), "TOKEN_NAME")
    Result.getOrThrow(revokeToken(path, "robot", "x", nowMs))
    assert.strictEqual(codeOf("robot"), "made")
    const again = revokeToken(path, "nothing", "x", nowMs)
    assert.strictEqual(Result.isFailure(again) ? again.failure.code : "", "TOKEN_UNKNOWN")
    const tokens = Result.getOrThrow(readTokens(path))
    const [one] = tokens
    const many = Array.from({ length: tokensMax }, (_, at) => ({
      ...one,
      id: String(at).padStart(8, "0"),
      name: `t${at}`
    }))
    writeFileSync(
      path,
      JSON.stringify({ version: 1, tokens: many.map((token) => ({ ...token, revoked_at: null, revoked_by: null })) })
    )
    assert.strictEqual(codeOf("more"), "TOKENS_FULL")
  })
})
