/** Text that must not be printed: it shows itself as `<redacted>` wherever it is formatted. */
export class Secret {
  #value: string | undefined
  readonly #read: (() => string) | undefined
  /**
   * `read`: gives the present text of the file that holds it, and throws a sentence where that is no secret. `value` is
   * undefined where that file could not be read yet.
   */
  constructor(value: string | undefined, read?: () => string) {
    this.#value = value
    this.#read = read
  }
  /** Whether it is read again from a file: a change of a variable comes to a process at its start only. */
  get isFile(): boolean {
    return this.#read !== undefined
  }
  /** Why there is no text yet; undefined once there is one. */
  problem(): string | undefined {
    if (this.#value !== undefined) return undefined
    let problem: string | undefined
    this.reveal((sentence) => void (problem = sentence))
    return problem
  }
  /** The text; that of a file as the file holds it now. What cannot be read is reported, and the last good text stands. */
  reveal(onProblem: (sentence: string) => void = () => undefined): string {
    if (this.#read === undefined) return this.#value ?? ""
    try {
      this.#value = this.#read()
    } catch (cause) {
      onProblem(cause instanceof Error ? cause.message : String(cause))
    }
    return this.#value ?? ""
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
