import { Result, Schema, SchemaIssue } from "effect"
import type { Variable } from "./variable.ts"

const problemsOf = SchemaIssue.makeFormatterStandardSchemaV1()

/**
 * What is expected of each variable that is set and has not the form of its section's schema. A blank value counts as
 * not set.
 */
export const wrongForms = (
  variables: ReadonlyArray<Variable>,
  env: Readonly<Record<string, string | undefined>>
): ReadonlyMap<string, string> => {
  const expected = new Map<string, string>()
  for (const { name, section } of variables) {
    const field = section.fields?.[name]
    const value = (env[name] ?? "").trim()
    if (field === undefined || value === "") continue
    const decoded = Schema.decodeUnknownResult(Schema.Struct({ [name]: field }), { errors: "all" })({ [name]: value })
    if (Result.isSuccess(decoded)) continue
    const texts = problemsOf(decoded.failure.issue).issues.map(
      ({ message }) => message.charAt(0).toLowerCase() + message.slice(1)
    )
    expected.set(name, texts.join(", "))
  }
  return expected
}
