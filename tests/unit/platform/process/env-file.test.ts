// An env file is read by docker, systemd and shells in different ways: an operator must learn which line is ambiguous
// before the market opens.

import { spawnSync } from "node:child_process"
import { assert, it } from "@effect/vitest"
import { envLine, parseEnvFile } from "../../../../src/platform/process/env-file.ts"

const valuesOf = (text: string) =>
  Object.fromEntries([...parseEnvFile(text).values].map(([name, { value }]) => [name, value]))
const codesOf = (text: string) =>
  parseEnvFile(text).remarks.map(({ code, isFault, line }) => `${code}${isFault ? "!" : ""} ${line}`)

it("reads assignments, comments, quotes and export as a shell does", () => {
  const text = `# comment\n\nA=1\nexport B='two words'\nC="a \\"b\\" \\$c"\nD=\n  E = x \n`
  assert.deepStrictEqual(valuesOf(text), { A: "1", B: "two words", C: 'a "b" $c', D: "", E: "x" })
  assert.deepStrictEqual(codesOf(text), ["ENV_EXPORT 4", "ENV_QUOTES 4", "ENV_QUOTES 5"])
})

it("reads a file of another system: byte order mark and CR LF", () => {
  const text = "\uFEFFA=1\r\nB=2\r\n"
  assert.deepStrictEqual(valuesOf(text), { A: "1", B: "2" })
  assert.deepStrictEqual(codesOf(text), ["ENV_CRLF 1"])
})

it("reports a line that is no assignment and a quote that is not closed, without the text", () => {
  const { remarks, values } = parseEnvFile(`A=1\nS3CRET text\nB='S3CRET\nC="S3CRET\\"\n1X=2\n`)
  assert.deepStrictEqual([...values.keys()], ["A"])
  assert.deepStrictEqual(
    remarks.map(({ code, isFault, line }) => [code, isFault, line]),
    [2, 3, 4, 5].map((line) => ["ENV_LINE", true, line])
  )
  assert.notInclude(JSON.stringify(remarks), "S3CRET")
})

it("takes the last of two lines; two different values are a fault", () => {
  assert.deepStrictEqual(valuesOf("A=1\nA=2\n"), { A: "2" })
  assert.deepStrictEqual(codesOf("A=1\nA=2\n"), ["ENV_DUPLICATE! 2"])
  assert.deepStrictEqual(codesOf("A=1\nB=1\nA=1\n"), ["ENV_DUPLICATE 3"])
})

it("writes lines that a shell and its own reader read as the same value", () => {
  const values = ["", "plain", "a b", "it's", `"q"`, "$HOME `x` \\", `'"$\\`, "#x", "a=b", "密码", "!x", " edge "]
  for (const value of values) {
    const line = envLine("A", value) ?? ""
    assert.strictEqual(parseEnvFile(line).values.get("A")?.value, value, line)
    assert.strictEqual(spawnSync("sh", ["-c", `${line}\nprintf %s "$A"`], { encoding: "utf8" }).stdout, value, line)
  }
  assert.isUndefined(envLine("A", "two\nlines"))
})
