import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { readNotifySettings } from "../../../../src/ops/config/notify-variables.ts"

const folder = mkdtempSync(join(tmpdir(), "tickd-notify-variables-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const slack = "https://hooks.slack.com/services/T/B/secret-token"

it.effect("has no channel when nothing is set, and defaults that end within ten seconds", () =>
  Effect.gen(function* () {
    const settings = yield* readNotifySettings({ TICKD_NOTIFY_SLACK_URL: " " })
    assert.deepStrictEqual([settings.to, settings.webhooks, settings.mail], [[], {}, undefined])
    assert.deepInclude(settings.policy, { deadlineMs: 10_000, attemptsMost: 3, dedupeMs: 300_000, perMinute: 15 })
  })
)

it.effect("sends to each configured channel, or to those that are named", () =>
  Effect.gen(function* () {
    const env = { TICKD_NOTIFY_SLACK_URL: slack, TICKD_NOTIFY_MAIL_TO: "a@b.cn,c@d.cn" }
    const settings = yield* readNotifySettings(env)
    assert.deepStrictEqual(settings.to, ["slack", "mail"])
    assert.deepInclude(settings.mail, { from: "a@b.cn", to: ["a@b.cn", "c@d.cn"], program: "/usr/sbin/sendmail" })
    assert.deepStrictEqual((yield* readNotifySettings({ ...env, TICKD_NOTIFY_TO: "mail" })).to, ["mail"])
  })
)

it.effect("takes a secret from its file before its variable", () =>
  Effect.gen(function* () {
    const env = {
      TICKD_NOTIFY_FEISHU_URL: "https://open.feishu.cn/open-apis/bot/v2/hook/x",
      TICKD_NOTIFY_FEISHU_SECRET: "variable"
    }
    const secretOf = (more: Record<string, string>) =>
      Effect.map(readNotifySettings({ ...env, ...more }), ({ webhooks }) =>
        Redacted.value(webhooks.feishu?.secret ?? Redacted.make("none"))
      )
    assert.strictEqual(yield* secretOf({}), "variable")
    assert.strictEqual(yield* secretOf({ TICKD_NOTIFY_FEISHU_SECRET_FILE: file("named", "from-file\n") }), "from-file")
  })
)

it.effect("reports every fault at once, and no value of a secret", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(
      readNotifySettings({
        TICKD_NOTIFY_SLACK_URL: "ftp://secret-one",
        TICKD_NOTIFY_DINGTALK_URL: "http://oapi.dingtalk.com/robot/send?access_token=secret-two",
        TICKD_NOTIFY_WECOM_URL_FILE: join(folder, "missing"),
        TICKD_NOTIFY_TO: "slack,pager",
        TICKD_NOTIFY_MAIL_TO: "-oQ/tmp@x.cn",
        TICKD_NOTIFY_MAIL_FROM: "a@b.cn\nBcc: c@d.cn",
        TICKD_NOTIFY_ATTEMPTS: "0"
      })
    )
    assert.strictEqual(error.exitCode, 78)
    for (const name of ["SLACK_URL", "DINGTALK_URL", "WECOM_URL_FILE", "TO", "MAIL_TO", "MAIL_FROM", "ATTEMPTS"]) {
      assert.include(error.message, `TICKD_NOTIFY_${name}`)
    }
    assert.notMatch(error.message, /secret-/)
  })
)

it.effect("never shows a token when it is printed", () =>
  Effect.gen(function* () {
    const settings = yield* readNotifySettings({ TICKD_NOTIFY_SLACK_URL: slack })
    assert.notInclude(JSON.stringify(settings) + String(settings.webhooks.slack?.url), "secret-token")
  })
)
