// A secret store answers in one of three forms. What cannot be read must be named without repeating a secret.
import { assert, it } from "@effect/vitest"
import { readSecretOutput } from "../../../../src/app/env/secret-output.ts"

const read = (text: string) => {
  const { problem, values } = readSecretOutput(text)
  assert.notInclude(problem ?? "", "S3CRET")
  return problem ?? Object.fromEntries(values ?? [])
}

it("reads a JSON object, both answers of Vault, and lines", () => {
  const wanted = { CTP_PRIMARY_PASSWORD: "a 'b' $c", TICK_WINDOW: "16" }
  const plain = { CTP_PRIMARY_PASSWORD: "a 'b' $c", TICK_WINDOW: 16 }
  assert.deepStrictEqual(read(JSON.stringify(plain)), wanted)
  assert.deepStrictEqual(read(JSON.stringify({ lease_id: "", data: plain })), wanted)
  assert.deepStrictEqual(read(JSON.stringify({ data: { data: plain, metadata: { version: 3 } } })), wanted)
  assert.deepStrictEqual(read(`CTP_PRIMARY_PASSWORD="a 'b' \\$c"\nTICK_WINDOW=16\n`), wanted)
})

it("names what cannot be read, without a value", () => {
  assert.strictEqual(read(" \n"), "it printed nothing")
  assert.strictEqual(read('{"a": S3CRET'), "its output begins like JSON and is none")
  assert.strictEqual(read('["S3CRET"]'), "its output is JSON, but no object")
  assert.strictEqual(read('{"S3CRET key": 1}'), "a key of its output is no name of a variable")
  assert.strictEqual(read('{"A": {"b": "S3CRET"}}'), "the value of A is neither text nor a number nor true or false")
  assert.strictEqual(read("A=1\nS3CRET\n"), "line 2 of its output cannot be used: the line is no NAME=value")
  assert.strictEqual(
    read("A=1\nA=S3CRET\n"),
    "line 2 of its output cannot be used: A is set in line 1 and again in line 2, to another value"
  )
})
