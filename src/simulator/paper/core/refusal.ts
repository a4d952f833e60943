/** A request that the venue answers with an error: HTTP status, Alpaca's code, its sentence and further fields. */
export class Refusal {
  readonly status: number
  readonly code: number
  readonly message: string
  readonly extras: Readonly<Record<string, unknown>>
  constructor(status: number, code: number, message: string, extras: Readonly<Record<string, unknown>> = {}) {
    this.status = status
    this.code = code
    this.message = message
    this.extras = extras
  }
}

export const malformed = (message: string) => new Refusal(422, 40010001, message)
export const unprocessable = (message: string) => new Refusal(422, 42210000, message)
export const forbidden = (message: string, extras: Readonly<Record<string, unknown>> = {}) =>
  new Refusal(403, 40310000, message, extras)
export const notFound = (message: string) => new Refusal(404, 40410000, message)
