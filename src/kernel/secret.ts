import { Redacted } from "effect"
import { errorText } from "./error-text.ts"

/**
 * A secret from a variable or a file. A file is read again each time the secret is revealed: a changed password needs
 * no restart. A secret that never changes is a `Redacted` of effect, which this wraps: it is never printed.
 */
export class Secret {
  private text: Redacted.Redacted | undefined
  private readonly read: (() => string) | undefined
  /**
   * `read`: returns the present text of the secret file, and throws a sentence when the file holds none. `value` is
   * undefined when the file could not be read yet.
   */
  constructor(value: string | undefined, read?: () => string) {
    this.text = value === undefined ? undefined : Redacted.make(value)
    this.read = read
  }
  /** Whether it is read from a file: a process sees a changed variable at its start only. */
  get isFile(): boolean {
    return this.read !== undefined
  }
  /** Why there is no text yet; undefined once there is one. */
  problem(): string | undefined {
    if (this.text !== undefined) return undefined
    let problem: string | undefined
    this.reveal((sentence) => void (problem = sentence))
    return problem
  }
  /** The text; of a file as it is now. A read error is reported, and the last valid text is returned. */
  reveal(onProblem: (sentence: string) => void = () => undefined): string {
    try {
      if (this.read !== undefined) this.text = Redacted.make(this.read())
    } catch (cause) {
      onProblem(errorText(cause))
    }
    return this.text === undefined ? "" : Redacted.value(this.text)
  }
}
