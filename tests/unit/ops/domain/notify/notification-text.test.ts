import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { cutToBytes, plainTextOf, textOf } from "../../../../../src/ops/domain/notify/notification-text.ts"
import { notificationOf } from "../../../../support/notification.ts"

describe("the text of a notification", () => {
  it("has everything that an operator needs, in English", () => {
    assert.strictEqual(
      plainTextOf(textOf(notificationOf(), "en")),
      [
        "[CRITICAL] subscription_health_escalation, exit code 2, md-1",
        "",
        "What happened: The health check found errors, and repair has not removed them",
        "What to do: Run `tickd health check`; it names the missing and silent contracts",
        "Message: 2 contracts <missing> & silent",
        "Runbook: https://wiki.example/runbook#6",
        "Marker: subscription_health_escalation",
        "Exit code: 2",
        "Host: md-1",
        "Instance: md-live",
        "Session: day",
        "Profile: live",
        "Time: 2026-11-30T09:30:00.000+08:00"
      ].join("\n")
    )
  })

  it("has the same lines in Chinese, and none for an empty message", () => {
    const { lines, title } = textOf(notificationOf({ message: "", session: "night" }), "zh")
    assert.strictEqual(title, "【严重】subscription_health_escalation，退出码 2，md-1")
    assert.deepStrictEqual(
      lines.map(({ label }) => label),
      ["情况", "处理", "手册", "标记", "退出码", "主机", "实例", "交易时段", "环境", "时间"]
    )
    assert.strictEqual(lines.find(({ label }) => label === "交易时段")?.value, "夜盘")
  })
})

const bytes = (text: string) => new TextEncoder().encode(text).length
it.prop(
  "cuts to a number of bytes, between characters",
  [Schema.String, Schema.Int.check(Schema.isBetween({ minimum: 3, maximum: 40 }))],
  ([given, most]) => {
    const text = `行情${given}🚀`
    const cut = cutToBytes(text, most)
    assert.isAtMost(bytes(cut), most)
    if (bytes(text) <= most) assert.strictEqual(cut, text)
    else assert.isTrue(text.startsWith(cut.slice(0, -1)) && cut.endsWith("…"))
  },
  { arbitrary: { runs: 300, seed: 5 } }
)
