import { Schema } from "effect"
import type { Secret } from "../../kernel/secret.ts"
import { secretOrFile, type UnreadSecret } from "./contract-settings.ts"

/** Where spans go, and the secret headers that a collector asks for. */
export interface TraceConfig {
  readonly endpoint: string
  readonly headers: Secret
}

const headersName = "OTEL_EXPORTER_OTLP_HEADERS"
/** Bytes of all headers. */
export const headersBytesMost = 4095

const addressFault = (text: string): string | undefined =>
  URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).username === ""
    ? undefined
    : "expected http://HOST:PORT or https://HOST:PORT without a user; a token belongs into the headers"
const collectorAddress = Schema.String.check(Schema.makeFilter(addressFault))

export const traceVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: Schema.optionalKey(collectorAddress),
  OTEL_EXPORTER_OTLP_HEADERS: Schema.optionalKey(Schema.String),
  OTEL_EXPORTER_OTLP_HEADERS_FILE: Schema.optionalKey(Schema.String)
}
const TraceVariables = Schema.Struct(traceVariables)

/** Errors: throws a sentence without the text, which is a secret. */
export const headersOf = (text: string): Record<string, string> => {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "")
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^\s*([A-Za-z0-9_.-]+)\s*=\s*([\x21-\x7e]*)\s*$/.exec(pair) ?? []
      try {
        if (name !== undefined && value !== undefined) return [name.toLowerCase(), decodeURIComponent(value)]
      } catch {
        // The sentence below says what a value looks like.
      }
      throw new Error(`${headersName} is not name=value with commas between, values percent-encoded: correct it`)
    })
  )
}

/** Undefined: nothing is traced. Errors: throws a sentence for headers without the form. */
export const traceSettings = (
  env: typeof TraceVariables.Type,
  unread: UnreadSecret = "fails"
): TraceConfig | undefined => {
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT
  if (endpoint === undefined) return undefined
  const { OTEL_EXPORTER_OTLP_HEADERS: text, OTEL_EXPORTER_OTLP_HEADERS_FILE: file } = env
  const headers = secretOrFile(text, file, headersName, headersBytesMost, unread)
  headersOf(headers.reveal())
  return { endpoint, headers }
}

/**
 * The same for a program that decodes none of the daemon's variables. An empty text counts as not set. Errors: throws a
 * sentence without a secret.
 */
export const traceSettingsOf = (variables: Readonly<Record<string, string | undefined>>): TraceConfig | undefined => {
  const set = Object.keys(traceVariables).flatMap((name) => {
    const text = variables[name]?.trim() ?? ""
    return text === "" ? [] : [[name, text] as const]
  })
  const env: typeof TraceVariables.Type = Object.fromEntries(set)
  const fault = addressFault(env.OTEL_EXPORTER_OTLP_ENDPOINT ?? "http://none")
  if (fault !== undefined) throw new Error(`OTEL_EXPORTER_OTLP_ENDPOINT: ${fault}`)
  return traceSettings(env)
}
