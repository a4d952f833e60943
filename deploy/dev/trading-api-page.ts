// The generated blocks of docs/reference/trading-api.md: every route of the HTTP API with its answers, as the document
// that the daemon serves has them.
import { Effect } from "effect"
import { projectVersion } from "../../src/platform/process/project-version.ts"
import { tradingCommands } from "../../src/protocol/trading/commands.ts"
import { openApiOf, problemsOf } from "../../src/trading/adapters/http/document.ts"
import type { Endpoint } from "../../src/trading/adapters/http/endpoint.ts"
import { commandEndpoints } from "../../src/trading/adapters/http/endpoints/command-endpoints.ts"
import { serviceEndpoints } from "../../src/trading/adapters/http/endpoints/service-endpoints.ts"

/** Every endpoint of the API, without what answers. */
export const apiEndpoints: ReadonlyArray<Endpoint> = [
  ...serviceEndpoints({
    version: projectVersion,
    document: () => ({}),
    metrics: Effect.never,
    webhook: {
      secret: undefined,
      unsigned: false,
      now: Effect.succeed(0n),
      read: () => ({ why: "" }),
      take: () => Effect.never,
      answerMs: 0
    }
  }),
  ...commandEndpoints(tradingCommands, () => Effect.never)
]

export const apiDocument = openApiOf(apiEndpoints, projectVersion)

const heads = {
  en: ["request", "roles", "rate", "done", "refused"],
  zh: ["请求", "角色", "速率类别", "成功", "拒绝"]
} as const
const words = {
  en: { open: "no token", signed: "signed", any: "any" },
  zh: { open: "无需令牌", signed: "签名", any: "任意" }
} as const

/** Codes that the page lists once, above the table. */
const commonCodes: ReadonlySet<string> = new Set([
  "MALFORMED_REQUEST",
  "UNKNOWN_FIELD",
  "TOKEN_MISSING",
  "TOKEN_UNKNOWN",
  "TOKEN_EXPIRED",
  "TOKEN_REVOKED",
  "FORBIDDEN",
  "DUPLICATE_REQUEST_ID",
  "REQUEST_TOO_LARGE",
  "REPLY_TOO_LARGE",
  "NOT_JSON",
  "RATE_LIMITED",
  "INTERNAL",
  "AUDIT_FAILED",
  "STOPPING",
  "BUSY",
  "TOKENS_UNREADABLE"
])

const rolesText = (endpoint: Endpoint, language: "en" | "zh"): string => {
  const { any, open, signed } = words[language]
  if (endpoint.access === "open") return open
  if (endpoint.access === "signed") return signed
  return endpoint.access.length === 4 ? any : endpoint.access.join(", ")
}

const block = (language: "en" | "zh"): string => {
  const rows = apiEndpoints.map((endpoint) => {
    const { limit, method, path, success } = endpoint
    const refused = [...problemsOf(endpoint)].flatMap(([status, codes]) => {
      const own = codes.filter((code) => !commonCodes.has(code))
      return own.length === 0 ? [] : [`${status} ${own.join(", ")}`]
    })
    return [
      `\`${method} ${path}\``,
      rolesText(endpoint, language),
      endpoint.access === "open" || endpoint.access === "signed" ? "" : limit,
      [success.status, ...(success.more ?? [])].join(", "),
      refused.join("; ")
    ].join(" | ")
  })
  return [`| ${heads[language].join(" | ")} |`, "|---|---|---|---|---|", ...rows.map((row) => `| ${row} |`)].join("\n")
}

/** The page with its generated blocks renewed; what stands around them stays. */
export const tradingApiPage = (page: string): string =>
  (["en", "zh"] as const).reduce((text, language) => {
    const [begin, end] = [`<!-- api ${language}: begin -->`, `<!-- api ${language}: end -->`]
    const from = text.indexOf(begin)
    const to = text.indexOf(end)
    if (from < 0 || to < from) throw new Error(`docs/reference/trading-api.md has no block ${begin}`)
    return `${text.slice(0, from + begin.length)}\n\n${block(language)}\n\n${text.slice(to)}`
  }, page)
