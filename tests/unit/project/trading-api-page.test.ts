// The document is what clients are generated from: it must have every route of the table, and be valid OpenAPI.
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { apiDocument, apiEndpoints, tradingApiPage } from "../../../deploy/dev/trading-api-page.ts"
import { tradingCommands } from "../../../src/protocol/trading/commands.ts"
import type { TradingSpec } from "../../../src/protocol/trading/route.ts"

const page = readFileSync(new URL("../../../docs/reference/trading-api.md", import.meta.url), "utf8")

interface Operation {
  readonly operationId: string
  readonly parameters: ReadonlyArray<{ readonly name: string; readonly in: string; readonly required: boolean }>
  readonly security: ReadonlyArray<unknown>
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: unknown }>> }
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content: Readonly<Record<string, unknown>> }>
  >
}
const document = JSON.parse(JSON.stringify(apiDocument)) as {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly securitySchemes: Readonly<Record<string, unknown>> }
}
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation }))
)
const specs: ReadonlyArray<TradingSpec> = Object.values(tradingCommands)

/** Every reference of the document, wherever it is. */
const references = (value: unknown): ReadonlyArray<string> =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([key, item]) =>
        key === "$ref" && typeof item === "string" ? [item] : references(item)
      )

describe("the document of the trading API", () => {
  it("has each route of the command table, and nothing that no endpoint answers", () => {
    const routes = operations.map(({ method, path }) => `${method} ${path}`).sort()
    assert.deepStrictEqual(routes, apiEndpoints.map(({ method, path }) => `${method} ${path}`).sort())
    assert.includeMembers(
      routes,
      specs.map(({ http }) => `${http.method} ${http.path}`)
    )
    assert.strictEqual(routes.length, specs.length + 4)
  })

  it("is valid OpenAPI 3.1 in its structure", () => {
    assert.match(document.openapi, /^3\.1\.\d+$/)
    assert.isNotEmpty(document.info.version)
    assert.deepStrictEqual(document.components.securitySchemes, { bearer: { type: "http", scheme: "Bearer" } })
    const ids = operations.map(({ operation }) => operation.operationId)
    assert.strictEqual(new Set(ids).size, ids.length)
    for (const { method, operation, path } of operations) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const inPath = operation.parameters.filter((one) => one.in === "path")
      assert.deepStrictEqual(
        inPath.map(({ name }) => name),
        names,
        path
      )
      for (const parameter of inPath) assert.isTrue(parameter.required)
      assert.isAbove(Object.keys(operation.responses).length, 1)
      for (const [status, response] of Object.entries(operation.responses)) {
        const good = path === "/metrics" ? "text/plain" : "application/json"
        assert.match(status, /^[2-5]\d\d$/)
        assert.isString(response.description)
        const types = Object.keys(response.content)
        assert.deepStrictEqual(types, [Number(status) >= 400 ? "application/problem+json" : good], path)
      }
      if (method === "GET") assert.isUndefined(operation.requestBody)
    }
    for (const reference of references(document)) {
      const found = reference
        .replace(/^#\//, "")
        .split("/")
        .reduce<unknown>((at, part) => (at as Readonly<Record<string, unknown>> | undefined)?.[part], document)
      assert.isDefined(found, reference)
    }
  })

  it("says which routes need a token, and does not ask for the sender, whom the token names", () => {
    for (const { operation, path } of operations) {
      const endpoint = apiEndpoints.find(({ name }) => operation.operationId.endsWith(`.${name}`))
      const isOpen = endpoint?.access === "open" || endpoint?.access === "signed"
      assert.strictEqual(operation.security.length > 0, !isOpen, path)
      assert.notInclude(JSON.stringify(operation.requestBody ?? {}), '"by"')
    }
  })
})

describe("the page of the trading API", () => {
  it("is what the document says", () => assert.strictEqual(page, tradingApiPage(page), "stale: run 'npm run generate'"))
})
