/** Text that must not be printed: it shows itself as `<redacted>` wherever it is formatted. */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return "<redacted>"
  }
  toJSON(): string {
    return "<redacted>"
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "<redacted>"
  }
}

export const secretOf = (text: string | undefined): Secret | undefined =>
  text === undefined ? undefined : new Secret(text)
