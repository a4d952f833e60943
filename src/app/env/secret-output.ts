import { parseEnvFile } from "../../platform/process/env-file.ts"

/** What a program printed, as variables. `problem`: one sentence without a value. */
export type SecretOutput =
  | { readonly values: ReadonlyMap<string, string>; readonly problem?: undefined }
  | { readonly values?: undefined; readonly problem: string }

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Vault answers `data.data` for a key-value store of version 2 and `data` for version 1. */
const innermost = (value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const { data } = value
  if (!isObject(data)) return value
  return isObject(data["data"]) ? data["data"] : data
}

const ofJson = (text: string): SecretOutput => {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // The error of the parser quotes the text.
    return { problem: "its output begins like JSON and is none" }
  }
  if (!isObject(parsed)) return { problem: "its output is JSON, but no object" }
  const values = new Map<string, string>()
  for (const [name, value] of Object.entries(innermost(parsed))) {
    if (!/^[A-Za-z_]\w*$/.test(name)) return { problem: "a key of its output is no name of a variable" }
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean")
      return { problem: `the value of ${name} is neither text nor a number nor true or false` }
    values.set(name, String(value))
  }
  return { values }
}

/** Reads a JSON object, Vault's answer, or `KEY=VALUE` lines. */
export const readSecretOutput = (text: string): SecretOutput => {
  const trimmed = text.replace(/^\uFEFF/, "").trim()
  if (trimmed === "") return { problem: "it printed nothing" }
  if (trimmed.startsWith("{") || trimmed.startsWith("[")) return ofJson(trimmed)
  const { remarks, values } = parseEnvFile(text)
  const fault = remarks.find(({ isFault }) => isFault)
  if (fault !== undefined) return { problem: `line ${fault.line} of its output cannot be used: ${fault.message}` }
  return { values: new Map([...values].map(([name, { value }]) => [name, value])) }
}
