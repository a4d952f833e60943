import { Refusal } from "../core/refusal.ts"

/** A request without its transport: header names in lower case. */
export interface ApiRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** What goes back. `lost`: the request had its effect, and the connection ends without a reply. */
export interface ApiAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly lost?: boolean
  readonly delayMs?: number
}

export const jsonAnswer = (status: number, value: unknown): ApiAnswer => ({
  status,
  headers: { "content-type": "application/json; charset=UTF-8" },
  body: JSON.stringify(value)
})

export const emptyAnswer: ApiAnswer = { status: 204, headers: {}, body: "" }

export const refusalAnswer = ({ code, extras, message, status }: Refusal): ApiAnswer =>
  jsonAnswer(status, { code, message, ...extras })

export const answerOf = <A>(result: A | Refusal, view: (value: A) => unknown): ApiAnswer =>
  result instanceof Refusal ? refusalAnswer(result) : jsonAnswer(200, view(result))

/** The JSON of a body; `undefined` for text that is none. */
export const bodyJson = (text: string): unknown => {
  if (text === "") return {}
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
