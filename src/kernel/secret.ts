import { Redacted } from "effect"
import { errorText } from "./error-text.ts"

/**
 * A secret that may stand in a file, which is read again each time it is revealed: a changed password needs no restart.
 * A secret that never changes is a `Redacted` of effect, which this wraps: no form of printing shows the text.
 */
export class Secret {
  private text: Redacted.Redacted | undefined
  private readonly read: (() => string) | undefined
  /**
   * `read`: gives the present text of the file that holds it, and throws a sentence where that is no secret. `value` is
   * undefined where that file could not be read yet.
   */
  constructor(value: string | undefined, read?: () => string) {
    this.text = value === undefined ? undefined : Redacted.make(value)
    this.read = read
  }
  /** Whether it is read again from a file: a change of a variable comes to a process at its start only. */
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
  /** The text; that of a file as the file holds it now. What cannot be read is reported, and the last good text stands. */
  reveal(onProblem: (sentence: string) => void = () => undefined): string {
    try {
      if (this.read !== undefined) this.text = Redacted.make(this.read())
    } catch (cause) {
      onProblem(errorText(cause))
    }
    return this.text === undefined ? "" : Redacted.value(this.text)
  }
}
