// Mail goes through a program of the machine: a stand-in keeps what it got, fails, hangs, or asks for another attempt.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Result } from "effect"
import { afterAll, assert, expect, it } from "vitest"
import { mailChannel } from "../../src/ops/adapters/notify/mail.ts"
import { isRunning } from "../support/cli-process.ts"
import { notificationOf } from "../support/notification.ts"

const folder = mkdtempSync(join(tmpdir(), "tickd-mail-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let made = 0
const program = (script: string) => {
  const path = join(folder, `sendmail-${made++}`)
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}
const send = (path: string, timeoutMs = 5000) =>
  Effect.runPromise(
    Effect.result(
      mailChannel({ program: path, from: "tickd@example.cn", to: ["a@example.cn", "b@example.cn"], timeoutMs }).deliver(
        notificationOf(),
        "zh"
      )
    )
  )
const failureOf = async (path: string, timeoutMs?: number) => {
  const result = await send(path, timeoutMs)
  return Result.isFailure(result) ? result.failure : undefined
}

it("gives the program its recipients and a mail, and none of its own variables", async () => {
  const out = join(folder, "out")
  const path = program(`printf '%s\\n' "$@" > ${out}.args; cat > ${out}.mail; env > ${out}.env`)
  const name = "TICKD_NOTIFY_SLACK_URL"
  process.env[name] = "never"
  const result = await send(path).finally(() => delete process.env[name])
  assert.isTrue(Result.isSuccess(result), JSON.stringify(result))
  assert.strictEqual(readFileSync(`${out}.args`, "utf8"), "-i\n-f\ntickd@example.cn\n--\na@example.cn\nb@example.cn\n")
  assert.notInclude(readFileSync(`${out}.env`, "utf8"), "TICKD_")
  const mail = readFileSync(`${out}.mail`, "utf8")
  const [head = "", body = ""] = mail.split("\r\n\r\n")
  const subject = [...head.matchAll(/=\?UTF-8\?B\?([\w+/=]+)\?=/g)].map(([, text = ""]) => Buffer.from(text, "base64"))
  assert.strictEqual(Buffer.concat(subject).toString(), "【严重】subscription_health_escalation，退出码 2，md-1")
  assert.include(head, "Date: Mon, 30 Nov 2026 01:30:00 +0000")
  assert.include(Buffer.from(body, "base64").toString(), "情况: 健康检查发现错误")
  assert.isTrue(mail.split("\r\n").every((line) => line.length <= 78))
})

it("sends again what the program could not queue for now, and nothing else", async () => {
  expect(await failureOf(program("echo 'queue is full' >&2; exit 75"))).toMatchObject({
    reason: "unavailable",
    retryable: true
  })
  const refused = await failureOf(program("echo 'unknown user' >&2; exit 67"))
  expect(refused).toMatchObject({ reason: "refused", retryable: false })
  assert.include(refused?.message, "ended with 67: unknown user")
})

it("names a program that is not there", async () => {
  expect(await failureOf(join(folder, "missing"))).toMatchObject({ reason: "refused" })
})

it("a program that ends without reading is judged by its exit code", async () => {
  assert.isTrue(Result.isSuccess(await send(program("exit 0"))))
})

it("kills a program that hangs, within its time limit", async () => {
  const pid = join(folder, "pid")
  const beganMs = performance.now()
  expect(await failureOf(program(`echo $$ > ${pid}; exec sleep 30`), 400)).toMatchObject({ reason: "timeout" })
  assert.isBelow(performance.now() - beganMs, 3000)
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.isTrue(existsSync(pid))
  assert.isFalse(isRunning(Number(readFileSync(pid, "utf8"))))
})
