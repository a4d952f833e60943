import { Result, Schema } from "effect"
import { Unreadable } from "./fields.ts"
import { elementTexts, readJson } from "./json-text.ts"

const shown = 200

/** A reader of texts of one schema: the value, or why it could not be read. Nothing is thrown. */
export const readerOf = <S extends Schema.ConstraintDecoder<unknown>>(what: string, schema: S) => {
  const decode = Schema.decodeUnknownResult(schema)
  return (text: string): S["Type"] | Unreadable => {
    const json = readJson(text)
    if (json === undefined) return new Unreadable(`${what}: no JSON, but ${JSON.stringify(text.slice(0, 60))}`)
    const result = decode(json)
    if (Result.isSuccess(result)) return result.success
    const { failure } = result
    return new Unreadable(() => `${what}: ${String(failure.message).replaceAll(/\s+/g, " ").slice(0, shown)}`, true)
  }
}

/** Every element, or the first one that cannot be read: a part is never given as the whole. */
export const readEach = <A>(
  what: string,
  text: string,
  read: (text: string) => A | Unreadable
): ReadonlyArray<A> | Unreadable => {
  const parts = elementTexts(text)
  if (parts === undefined) return new Unreadable(`${what}: no array, but ${JSON.stringify(text.slice(0, 60))}`)
  const values: Array<A> = []
  for (const part of parts) {
    const value = read(part)
    if (value instanceof Unreadable) return value
    values.push(value)
  }
  return values
}
