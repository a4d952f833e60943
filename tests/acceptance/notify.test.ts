// The verb as an escalation command runs it: a process of its own, real servers, its exit code, and no secret printed.
import { afterAll, afterEach, beforeAll, expect, it } from "vitest"
import { endCommands, lastJson, startCommand, stateFolder, tickd } from "../support/cli-process.ts"
import { answer, type Receiver, silence, startReceiver } from "../support/notify-receiver.ts"

const folder = stateFolder()
const token = "Tok3n-acceptance-01"
let slack: Receiver
let dingtalk: Receiver
let env: Record<string, string>
beforeAll(async () => {
  slack = await startReceiver(answer(200, "ok"))
  dingtalk = await startReceiver(answer(200, '{"errcode":0,"errmsg":"ok"}'))
  env = {
    TICKD_NOTIFY_SLACK_URL: `${slack.origin}/services/${token}`,
    TICKD_NOTIFY_DINGTALK_URL: `${dingtalk.origin}/robot/send?access_token=${token}`,
    TICKD_NOTIFY_DINGTALK_SECRET: "SECacceptance",
    TICKD_STATE_DIR: folder.path,
    TICKD_INSTANCE: "md-live"
  }
})
afterEach(endCommands)
afterAll(async () => {
  await slack.close()
  await dingtalk.close()
  folder.remove()
})
const notify = async (args: ReadonlyArray<string>, more: Record<string, string> = {}) => {
  const ended = await tickd(["notify", "--tag", "subscription_health_escalation", ...args], { ...env, ...more })
  expect(ended.stdout + ended.stderr).not.toContain(token)
  expect(ended.stdout + ended.stderr).not.toContain("SECacceptance")
  return ended
}

it("sends once, reports what failed, and says it by its exit code", async () => {
  const preview = await notify(["--code", "2", "--dry-run", "--lang", "zh"])
  expect(preview.code).toBe(0)
  expect(preview.stdout).toContain("【严重】subscription_health_escalation")
  expect(slack.received).toHaveLength(0)

  const sent = await notify(["--code", "2", "--json", "--message", `leaked ${token}`])
  expect(sent.code).toBe(0)
  expect(lastJson(sent.stdout)).toMatchObject({ channels: [{ result: "sent" }, { result: "sent" }], notes: [] })
  expect(slack.received[0]?.body).toContain("leaked ***")

  const again = await notify(["--code", "2", "--json"])
  expect(again.code).toBe(0)
  expect(lastJson(again.stdout)).toMatchObject({ channels: [{ result: "duplicate" }, { result: "duplicate" }] })
  expect([slack.received.length, dingtalk.received.length]).toEqual([1, 1])

  // The end of the fault is sent, also while the fault itself would be held back.
  dingtalk.answerWith(answer(200, '{"errcode":310000,"errmsg":"sign not match"}'))
  const partly = await notify(["--code", "0"])
  expect(partly.code).toBe(1)
  expect(partly.stdout).toContain("slack: sent after 1 attempt")
  expect(partly.stdout).toContain("dingtalk: failed after 1 attempt: errcode 310000: sign not match (1 failed so far)")
})

it("never takes longer than its deadline when no channel answers", async () => {
  slack.answerWith(silence)
  const beganMs = performance.now()
  const limits = { TICKD_NOTIFY_DEADLINE_MS: "1000", TICKD_NOTIFY_DEDUPE_SECONDS: "0" }
  const ended = await notify(["--code", "2", "--to", "slack"], limits)
  expect(ended.code).toBe(69)
  expect(ended.stdout).toContain("the deadline of 1000 ms has passed")
  expect(performance.now() - beganMs).toBeLessThan(15_000)
})

it("refuses what it cannot do, with its own code", async () => {
  expect(await notify(["--code", "2", "--to", "pager"])).toMatchObject({ code: 64 })
  const missing = await notify(["--code", "2", "--to", "mail"])
  expect(missing).toMatchObject({ code: 78 })
  expect(missing.stderr).toContain("[NOTIFY_NOT_CONFIGURED]")
  expect(await notify(["--code", "256"])).toMatchObject({ code: 64 })
})

it("is what the script of the reference's name runs", async () => {
  slack.answerWith(answer(200, "ok"))
  const before = slack.received.length
  const args = ["deploy/operations/notify", "--tag", "runbook", "--code", "21", "--to", "slack"]
  const ended = await startCommand(args, { env, program: "bash" }).ended
  expect(ended).toMatchObject({ code: 0 })
  expect(slack.received.slice(before).map(({ body }) => body)).toEqual([expect.stringContaining("exit code 21")])
})
