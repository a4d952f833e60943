/** Text that must not be printed: it shows itself as `<redacted>` wherever it is formatted. */
export class Secret {
  #value: string
  readonly #read: (() => string) | undefined
  /** `read`: gives the present text of the file that holds it, and throws a sentence where that is no secret. */
  constructor(value: string, read?: () => string) {
    this.#value = value
    this.#read = read
  }
  /** Whether it is read again from a file: a change of a variable comes to a process at its start only. */
  get isFile(): boolean {
    return this.#read !== undefined
  }
  /** The text; that of a file as the file holds it now. What cannot be read is reported, and the last good text stands. */
  reveal(onProblem: (sentence: string) => void = () => undefined): string {
    if (this.#read === undefined) return this.#value
    try {
      this.#value = this.#read()
    } catch (cause) {
      onProblem(cause instanceof Error ? cause.message : String(cause))
    }
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
