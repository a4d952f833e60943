import { assert, it } from "@effect/vitest"
import { scriptFlags } from "../../../../src/ops/domain/live-flags.ts"
import { scriptHelp } from "../../../../src/ops/domain/live-help.ts"

it("names every flag of the script in English and in Chinese, with values and defaults", () => {
  const help = scriptHelp()
  for (const { name, text } of scriptFlags) {
    assert.lengthOf(help.match(new RegExp(`^ {2}--${name}(?: |$)`, "gm")) ?? [], 2, name)
    assert.include(help, text.en)
    assert.include(help, text.zh)
  }
  assert.match(help, /^ {2}--window day\|night +Trading session \[default: day\]$/m)
  assert.match(help, /^ {2}--window day\|night +交易时段 \[默认: day\]$/m)
  assert.notInclude(help, "--force")
  assert.include(help, "day 09:00-15:00, night 21:00-02:30")
})
