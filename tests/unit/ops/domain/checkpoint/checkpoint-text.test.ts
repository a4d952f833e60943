import { assert, it } from "@effect/vitest"
import { checkpointRecordOf } from "../../../../../src/ops/domain/checkpoint/checkpoint-record.ts"
import { checkpointSentence } from "../../../../../src/ops/domain/checkpoint/checkpoint-text.ts"
import { checkpointRunOf, failedRun } from "../../../../support/checkpoint-run.ts"

const sentence = (given: Parameters<typeof checkpointRunOf>[0]) =>
  checkpointSentence(checkpointRecordOf(checkpointRunOf(given), []))

it("says in both languages how the session stands against its deadline, and what failed", () => {
  assert.deepStrictEqual(sentence({}), {
    en: "T-5 checkpoint of the day session passed at 08:51:00, 240 s before the deadline 08:55:00",
    zh: "日盘 T-5 检查通过（08:51:00，距截止时间 08:55:00 还有 240 秒）"
  })
  assert.deepStrictEqual(sentence({ at: "20:57:10", request: { window: "night" } }), {
    en: "T-5 checkpoint of the night session passed too late, at 20:57:10, 130 s after the deadline 20:55:00",
    zh: "夜盘 T-5 检查超时后才通过（20:57:10，已过截止时间 20:55:00 130 秒）"
  })
  assert.deepStrictEqual(sentence({ result: failedRun }), {
    en: "T-5 checkpoint of the day session failed at 08:51:00, 240 s before the deadline 08:55:00: checkAll: Coverage is 98.0 %",
    zh: "日盘 T-5 检查未通过（08:51:00，距截止时间 08:55:00 还有 240 秒）：checkAll：Coverage is 98.0 %"
  })
  assert.include(sentence({ result: { end: "noSession" } }).zh, "今日无日盘")
  assert.include(sentence({ result: { end: "interrupted", exit: "interrupted" } }).en, "interrupted: run it again")
})
