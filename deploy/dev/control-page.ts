// The generated blocks of docs/reference/control.md and trading-control.md: the command table, one entry a command, and
// the error codes.
import { Schema } from "effect"
import { commandFields } from "../../src/protocol/control/command.ts"
import { type CommandSpec, codesOf } from "../../src/protocol/control/command-spec.ts"
import { type ControlErrorCode, statusOfCode } from "../../src/protocol/control/error-codes.ts"
import { errorMeanings } from "../../src/protocol/control/error-meanings.ts"
import { marketCommands } from "../../src/protocol/market/commands.ts"
import { controlSubject } from "../../src/protocol/market/status.ts"
import { tradingCommands } from "../../src/protocol/trading/commands.ts"
import { roles, type TradingSpec } from "../../src/protocol/trading/route.ts"
import { tradeControlSubject } from "../../src/protocol/trading/subjects.ts"

/** A page with a command table. */
interface TablePage {
  readonly path: string
  readonly specs: ReadonlyArray<CommandSpec | TradingSpec>
  readonly subjectOf: (instance: string, verb: string) => string
  /** A name for the examples. */
  readonly instance: string
}

export const tablePages: ReadonlyArray<TablePage> = [
  {
    path: "docs/reference/control.md",
    specs: Object.values(marketCommands),
    subjectOf: controlSubject,
    instance: "md-1"
  },
  {
    path: "docs/reference/trading-control.md",
    specs: Object.values(tradingCommands),
    subjectOf: tradeControlSubject,
    instance: "trade-1"
  }
]

const code = (text: string) => `\`${text}\``
const list = (texts: Iterable<string>) => Array.from(texts, code).join(", ")

/** What the page reads of a JSON Schema. */
interface JsonSchema {
  readonly type?: string
  readonly enum?: ReadonlyArray<unknown>
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly allOf?: ReadonlyArray<JsonSchema>
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: ReadonlyArray<string>
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
}

const nameOf = (schema: JsonSchema, name: string) => (schema.required?.includes(name) === true ? name : `${name}?`)
const namesOf = (schema: JsonSchema) => Object.keys(schema.properties ?? {}).map((name) => nameOf(schema, name))

/** JSON has no infinite numbers; the schema of a number names them all the same. */
const isNotANumber = ({ enum: values }: JsonSchema) => values?.includes("Infinity") === true

const typeText = (schema: JsonSchema): string => {
  const { anyOf, items } = schema
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(" or ")
  if (anyOf !== undefined) {
    return [...new Set(anyOf.filter((one) => !isNotANumber(one)).map(typeText))].join(" or ")
  }
  if (schema.type === "array") return `array of ${items === undefined ? "values" : typeText(items)}`
  if (schema.type === "object") {
    return schema.properties === undefined ? "object" : `${code(`{${namesOf(schema).join(", ")}}`)}`
  }
  const all = [schema, ...(schema.allOf ?? [])]
  const boundOf = (name: "minimum" | "maximum" | "maxLength") => all.find((one) => one[name] !== undefined)?.[name]
  const minimum = boundOf("minimum")
  const maximum = boundOf("maximum")
  const isAnySafe = minimum === Number.MIN_SAFE_INTEGER
  const range = minimum === undefined || maximum === undefined || isAnySafe ? "" : ` ${minimum} to ${maximum}`
  const maxLength = boundOf("maxLength")
  return `${schema.type ?? "any value"}${range}${maxLength === undefined ? "" : ` of at most ${maxLength} characters`}`
}

const jsonOf = (schema: Schema.Top) => Schema.toJsonSchemaDocument(schema).schema as JsonSchema
/** A field that every command may have; one that a command must have is its own. */
const isCommon = (schema: JsonSchema, name: string) =>
  Object.keys(commandFields).includes(name) && schema.required?.includes(name) !== true

const fieldsText = (schema: JsonSchema, mutating: boolean): string => {
  const own = Object.entries(schema.properties ?? {}).filter(([name]) => !mutating || !isCommon(schema, name))
  const texts = own.map(([name, field]) => `${code(nameOf(schema, name))} ${typeText(field)}`)
  return texts.length === 0 ? "no field of its own" : texts.join("; ")
}

const subjectsOf = (page: TablePage, { name, shared, sharedOnly }: CommandSpec): ReadonlyArray<string> => [
  ...(sharedOnly === true ? [] : [page.subjectOf("<instance>", name)]),
  ...(shared === undefined ? [] : [shared.subject])
]

const kindOf = ({ emergency, permission, whileStopping }: CommandSpec) =>
  [permission, ...(emergency ? ["emergency"] : []), ...(whileStopping ? ["while stopping"] : [])].join(", ")

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const requestNames = ({ mutating, request }: CommandSpec) => {
  const schema = jsonOf(request)
  const names = Object.keys(schema.properties ?? {}).filter((name) => !mutating || !isCommon(schema, name))
  return names.length === 0 ? "" : code(`{${names.map((name) => nameOf(schema, name)).join(", ")}}`)
}

const isRouted = (spec: CommandSpec | TradingSpec): spec is TradingSpec => "http" in spec

const overview = (page: TablePage, head: ReadonlyArray<string>, text: (spec: CommandSpec) => string): string => {
  const hasRoutes = page.specs.some(isRouted)
  const [subject = "", what = "", request = "", kind = "", route = "", role = ""] = head
  return table(
    hasRoutes ? [subject, route, what, request, role, kind] : [subject, what, request, kind],
    page.specs.map((spec) => {
      const subjects = list(subjectsOf(page, spec))
      return isRouted(spec)
        ? [subjects, code(routeOf(spec)), text(spec), requestNames(spec), rolesOf(spec), kindOf(spec)]
        : [subjects, text(spec), requestNames(spec), kindOf(spec)]
    })
  )
}

const rolesOf = ({ roles: allowed }: TradingSpec): string =>
  allowed.length === roles.length ? "any" : allowed.join(", ")
const routeOf = ({ http }: TradingSpec): string => `${http.method} ${http.path}`

const rateText = ({ limit }: CommandSpec): string =>
  `${limit.perSecond} ${limit.name} a second, ${limit.burst} at once, ${limit.inProgressMax} in progress`

const entry =
  (page: TablePage) =>
  (spec: CommandSpec | TradingSpec): string => {
    const [subject = ""] = subjectsOf(page, spec)
    const payload = JSON.stringify(spec.example)
    const route = isRouted(spec)
      ? [`- HTTP: ${code(routeOf(spec))}, roles: ${rolesOf(spec)}. Rate: ${rateText(spec)}.`]
      : []
    return `### ${spec.name}

${spec.description}

${[
  ...route,
  `- Request: ${fieldsText(jsonOf(spec.request), spec.mutating)}.`,
  `- Reply: ${fieldsText(jsonOf(spec.reply), false)}.`,
  `- Codes of its own: ${spec.codes.length === 0 ? "none" : list(spec.codes)}.`
].join("\n")}

\`\`\`sh
nats request ${subject.replace("<instance>", page.instance)} '${payload}'
\`\`\``
  }

/** The codes that a daemon with this table answers with, in the sequence of their meanings. */
const codesOfPage = ({ specs }: TablePage): ReadonlyArray<ControlErrorCode> => {
  const used = new Set<ControlErrorCode>(["UNKNOWN_VERB", ...specs.flatMap(codesOf)])
  return (Object.keys(errorMeanings) as ReadonlyArray<ControlErrorCode>).filter((one) => used.has(one))
}

/** Codes that every entry of one kind may answer with. */
const commonCodes = (mutating: boolean) =>
  list(codesOf({ codes: [], mutating, record: "file", emergency: false, whileStopping: false }))

/** The blocks by their names. */
const controlBlocks = (page: TablePage): Readonly<Record<string, string>> => ({
  commands: overview(
    page,
    ["subject", "what it does", "request", "kind", "HTTP", "roles"],
    ({ description }) => description
  ),
  entries: [
    `A query may also answer with ${commonCodes(false)}.`,
    `A command may also answer with ${commonCodes(true)}.`,
    ...page.specs.map(entry(page))
  ].join("\n\n"),
  codes: table(
    ["code", "number", "meaning"],
    codesOfPage(page).map((one) => [code(one), String(statusOfCode[one]), errorMeanings[one].en])
  ),
  "commands in Chinese": overview(
    page,
    ["主题", "作用", "请求字段", "类别", "HTTP", "角色"],
    ({ descriptionZh }) => descriptionZh
  ),
  "codes in Chinese": table(
    ["代码", "编号", "含义"],
    codesOfPage(page).map((one) => [code(one), String(statusOfCode[one]), errorMeanings[one].zh])
  )
})

/** The page with its blocks written anew; the text between them is written by hand. */
export const controlPage = (page: TablePage, text: string): string => {
  let written = text
  for (const [name, block] of Object.entries(controlBlocks(page))) {
    const begin = `<!-- ${name}: begin, written by npm run generate -->`
    const end = `<!-- ${name}: end -->`
    const from = written.indexOf(begin)
    const to = written.indexOf(end)
    if (from < 0 || to < from) throw new Error(`${page.path} has no block "${name}"`)
    written = `${written.slice(0, from)}${begin}\n\n${block}\n\n${written.slice(to)}`
  }
  return written
}
