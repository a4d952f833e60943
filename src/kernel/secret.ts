import { Redacted } from "effect"
import { errorText } from "./error-text.ts"

const isSame = (one: Redacted.Redacted, other: Redacted.Redacted | undefined): boolean =>
  other !== undefined && Redacted.value(one) === Redacted.value(other)

/**
 * A secret from a variable or a file. A file is read again each time the secret is revealed: a changed password needs
 * no restart. A secret that never changes is a `Redacted` of effect, which this wraps: it is never printed.
 */
export class Secret {
  private text: Redacted.Redacted | undefined
  private readonly read: (() => string) | undefined
  /** What the file may hold without being used. */
  private refused: Redacted.Redacted | undefined
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
      const found = this.peek()
      if (found !== undefined && !isSame(found, this.refused)) this.use(found)
    } catch (cause) {
      onProblem(errorText(cause))
    }
    return this.text === undefined ? "" : Redacted.value(this.text)
  }
  /** The text that was revealed last. */
  current(): Redacted.Redacted | undefined {
    return this.text
  }
  /** Whether the file holds a text that is not used, because the login with it has failed. */
  get isHeldBack(): boolean {
    return this.refused !== undefined
  }
  /** The text that the file holds now, without using it; undefined without a file. Throws a sentence like `read`. */
  peek(): Redacted.Redacted | undefined {
    return this.read === undefined ? undefined : Redacted.make(this.read())
  }
  /** Whether this text is the one that was revealed last. */
  isCurrent(text: Redacted.Redacted): boolean {
    return isSame(text, this.text)
  }
  /** From now on this text is revealed, whatever was refused before, until the file holds another one. */
  use(text: Redacted.Redacted): void {
    this.text = text
    this.refused = undefined
  }
  /** Reveals `former` for as long as the file holds `refused`: a reconnect must not log in with it once more. */
  goBack(former: Redacted.Redacted, refused: Redacted.Redacted): void {
    this.text = former
    this.refused = refused
  }
}
