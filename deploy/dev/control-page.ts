// The generated blocks of docs/reference/control.md: the command table, one entry a command, and the error codes.
import { Schema } from "effect"
import { commandFields } from "../../src/protocol/control/command.ts"
import { type CommandSpec, codesOf } from "../../src/protocol/control/command-spec.ts"
import { type ControlErrorCode, statusOfCode } from "../../src/protocol/control/control.ts"
import { errorMeanings } from "../../src/protocol/control/error-meanings.ts"
import { marketCommands } from "../../src/protocol/market/commands.ts"
import { controlSubject } from "../../src/protocol/market/status.ts"

const specs: ReadonlyArray<CommandSpec> = Object.values(marketCommands)
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
const isCommon = (name: string) => Object.keys(commandFields).includes(name)

const fieldsText = (schema: JsonSchema, mutating: boolean): string => {
  const own = Object.entries(schema.properties ?? {}).filter(([name]) => !mutating || !isCommon(name))
  const texts = own.map(([name, field]) => `${code(nameOf(schema, name))} ${typeText(field)}`)
  return texts.length === 0 ? "no field of its own" : texts.join("; ")
}

const subjectsOf = ({ name, shared, sharedOnly }: CommandSpec): ReadonlyArray<string> => [
  ...(sharedOnly === true ? [] : [controlSubject("<instance>", name)]),
  ...(shared === undefined ? [] : [shared.subject])
]

const kindOf = ({ emergency, permission, whileStopping }: CommandSpec) =>
  [permission, ...(emergency ? ["emergency"] : []), ...(whileStopping ? ["while stopping"] : [])].join(", ")

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const requestNames = ({ mutating, request }: CommandSpec) => {
  const schema = jsonOf(request)
  const names = Object.keys(schema.properties ?? {}).filter((name) => !mutating || !isCommon(name))
  return names.length === 0 ? "" : code(`{${names.map((name) => nameOf(schema, name)).join(", ")}}`)
}

const overview = table(
  ["subject", "what it does", "request", "kind"],
  specs.map((spec) => [list(subjectsOf(spec)), spec.description, requestNames(spec), kindOf(spec)])
)

const entry = (spec: CommandSpec): string => {
  const [subject = ""] = subjectsOf(spec)
  const payload = JSON.stringify(spec.example)
  return `### ${spec.name}

${spec.description}

- Request: ${fieldsText(jsonOf(spec.request), spec.mutating)}.
- Reply: ${fieldsText(jsonOf(spec.reply), false)}.
- Codes of its own: ${spec.codes.length === 0 ? "none" : list(spec.codes)}.

\`\`\`sh
nats request ${subject.replace("<instance>", "md-1")} '${payload}'
\`\`\``
}

const codes = Object.keys(errorMeanings) as ReadonlyArray<ControlErrorCode>

/** Codes that every entry of one kind may answer with. */
const commonCodes = (mutating: boolean) =>
  list(codesOf({ codes: [], mutating, emergency: false, whileStopping: false }))

/** The blocks by their names. */
export const controlBlocks = (): Readonly<Record<string, string>> => ({
  commands: overview,
  entries: [
    `A query may also answer with ${commonCodes(false)}.`,
    `A command may also answer with ${commonCodes(true)}.`,
    ...specs.map(entry)
  ].join("\n\n"),
  codes: table(
    ["code", "number", "meaning"],
    codes.map((one) => [code(one), String(statusOfCode[one]), errorMeanings[one].en])
  ),
  "commands in Chinese": table(
    ["主题", "作用", "请求字段", "类别"],
    specs.map((spec) => [list(subjectsOf(spec)), spec.descriptionZh, requestNames(spec), kindOf(spec)])
  ),
  "codes in Chinese": table(
    ["代码", "编号", "含义"],
    codes.map((one) => [code(one), String(statusOfCode[one]), errorMeanings[one].zh])
  )
})

/** The page with its blocks written anew; the text between them is written by hand. */
export const controlPage = (page: string): string => {
  let written = page
  for (const [name, text] of Object.entries(controlBlocks())) {
    const begin = `<!-- ${name}: begin, written by npm run generate -->`
    const end = `<!-- ${name}: end -->`
    const from = written.indexOf(begin)
    const to = written.indexOf(end)
    if (from < 0 || to < from) throw new Error(`docs/reference/control.md has no block "${name}"`)
    written = `${written.slice(0, from)}${begin}\n\n${text}\n\n${written.slice(to)}`
  }
  return written
}
