import { Result, Schema } from "effect"
import type { Instrument } from "../../kernel/instrument/instrument.ts"
import { escapeToken, unescapeToken } from "../control/subject-token.ts"

/** Subject of a tick unless the configuration says otherwise: `md.tick.SHFE.rb.rb2410`. */
export const defaultTickSubject = "md.tick.{exchange}.{product}.{instrument}"

const placeholders = ["exchange", "product", "instrument"] as const
type Placeholder = (typeof placeholders)[number]

/** Parts of a subject; a part whose placeholder is not in the template is absent. */
type SubjectParts = { readonly [P in Placeholder]?: string }

/** A subject template that cannot be used. `message` names the token and the fix. */
export class SubjectTemplateError extends Schema.TaggedError<SubjectTemplateError>()("SubjectTemplateError", {
  code: Schema.Literal("SUBJECT_TEMPLATE_INVALID"),
  template: Schema.String,
  message: Schema.String
}) {}

/**
 * A checked template. Each token is a literal or one whole placeholder, so that a subject can be parsed. Guarantee:
 * `parse(subjectOf(instrument))` returns the instrument's exchange, product and id, for any characters.
 */
export interface TickSubjects {
  readonly template: string
  /** Subject that matches every tick of this template, each placeholder a `*`. */
  readonly filter: string
  /** Subject that matches the ticks with these parts: `{ exchange: "DCE" }` → `md.tick.DCE.*.*`. */
  readonly filterOf: (parts: SubjectParts) => string
  /** Subject of an instrument's ticks; cached by `Instrument.index`, so a known one costs an array read. */
  readonly subjectOf: (instrument: Instrument) => string
  /** Parts of a subject of this template; undefined for any other. */
  readonly parse: (subject: string) => SubjectParts | undefined
}

const isPlaceholder = (name: string): name is Placeholder => (placeholders as ReadonlyArray<string>).includes(name)

/** The fault of one token, as the end of the sentence `token "x" ...`. */
const tokenFault = (token: string, position: number): string | undefined => {
  const name = /^\{([^{}]*)\}$/.exec(token)?.[1]
  if (name !== undefined) {
    return isPlaceholder(name)
      ? undefined
      : `is an unknown placeholder; use ${placeholders.map((p) => `{${p}}`).join(", ")}`
  }
  if (/[{}]/.test(token)) return "mixes text and a placeholder; give the placeholder a token of its own"
  if (token === "") return "is empty, which NATS refuses; remove the extra dot"
  if (/[*>]/.test(token)) return "is a wildcard, which cannot be published to; write a name"
  if (position === 0 && token.startsWith("$"))
    return "belongs to the server (subjects that begin with $); write another name"
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\s\u0000-\u0020\u007f-\uffff]/.test(token))
    return "holds a space, control or non-ASCII character; write it in plain ASCII"
  return undefined
}

const templateFault = (tokens: ReadonlyArray<string>): string | undefined => {
  for (const [position, token] of tokens.entries()) {
    const fault = tokenFault(token, position)
    if (fault !== undefined) return `token ${position + 1} (${JSON.stringify(token)}) ${fault}`
    if (token.startsWith("{") && tokens.indexOf(token) < position) return `${token} appears twice; remove one`
  }
  return tokens.includes("{instrument}")
    ? undefined
    : "it has no {instrument}, so ticks of different contracts would share a subject; add it"
}

/** Checks a template once. After that, no string operation can fail. */
export const makeTickSubjects = (
  template: string = defaultTickSubject
): Result.Result<TickSubjects, SubjectTemplateError> => {
  const tokens = template.split(".")
  const fault = templateFault(tokens)
  if (fault !== undefined) {
    const message = `The subject template ${JSON.stringify(template)} cannot be used: ${fault}.`
    return Result.fail(new SubjectTemplateError({ code: "SUBJECT_TEMPLATE_INVALID", template, message }))
  }
  const names = tokens.map((token) => (token.startsWith("{") ? (token.slice(1, -1) as Placeholder) : undefined))
  const fill = (partOf: (name: Placeholder) => string): string =>
    tokens.map((token, i) => (names[i] === undefined ? token : partOf(names[i]))).join(".")

  const owners: Array<Instrument> = []
  const subjects: Array<string> = []
  return Result.succeed({
    template,
    filter: fill(() => "*"),
    filterOf: (parts) => fill((name) => (parts[name] === undefined ? "*" : escapeToken(parts[name]))),
    subjectOf: (instrument) => {
      const at = instrument.index
      // Two directories may number differently: the cached subject must be this instrument's.
      if (owners[at] === instrument) return subjects[at] as string
      const subject = fill((name) => escapeToken(name === "instrument" ? instrument.id : instrument[name]))
      owners[at] = instrument
      subjects[at] = subject
      return subject
    },
    parse: (subject) => {
      const parts: { [P in Placeholder]?: string } = {}
      const given = subject.split(".")
      if (given.length !== tokens.length) return undefined
      for (const [i, token] of given.entries()) {
        const name = names[i]
        const text = name === undefined ? undefined : unescapeToken(token)
        if (name === undefined ? token !== tokens[i] : text === undefined) return undefined
        if (name !== undefined && text !== undefined) parts[name] = text
      }
      return parts
    }
  })
}
