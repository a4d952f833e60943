// A number of which digits are lost is another number: the order would be for another quantity than was asked for.
import { assert, it } from "@effect/vitest"
import { hasLongNumber } from "../../../src/kernel/json-number.ts"

it("finds numbers that lose digits when they are read, and no others", () => {
  const long = ["123456789012345678.5", "0.1000000000000000055", "[-1234567.890123456789]", '{"a":9007199254740993}']
  for (const text of long) assert.isTrue(hasLongNumber(text), text)
  const exact = [
    "150.25",
    "123456789012345",
    "0.000000000000000000001",
    "1000000000000000000000",
    "1e308",
    '{"id":"1234567890123456789012","n":[1,2,3.5]}',
    '"9007199254740993"',
    "null"
  ]
  for (const text of exact) assert.isFalse(hasLongNumber(text), text)
})
