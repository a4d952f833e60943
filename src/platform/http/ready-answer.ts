/** A part of a daemon that does not work now and is tried again. */
interface WaitingPart {
  readonly part: string
  /** The daemon does not do its work without it. */
  readonly blocks: boolean
  readonly message: string
}

/** What a role of tickd says of itself. */
export interface ReadySources {
  /** State of the machine of the daemon; undefined: it has not begun. */
  readonly state: () => string | undefined
  /** What keeps the role from its work now, each as one sentence; empty: nothing. */
  readonly missing: () => ReadonlyArray<string>
  readonly waiting: () => ReadonlyArray<WaitingPart>
  /** What is lost although the role does its work, as one sentence. */
  readonly redundancy: () => string | undefined
}

const sentence = ({ part, message }: WaitingPart) => `${part}: ${message}`

/**
 * `/readyz` of any role. The machine of the daemon knows boot, drain and stop; what is missing is looked up each time.
 */
export const makeReadyAnswer = ({ missing, redundancy, state, waiting }: ReadySources) => {
  const found = (): ReadonlyArray<string> => {
    const now = missing()
    const stands = state() ?? "booting"
    if (stands === "draining" || stands === "stopped") return [`daemon ${stands}`, ...now]
    return stands === "booting" && now.length === 0 ? ["daemon booting"] : now
  }
  /** A waiting part explains what is missing; alone it is not a reason. */
  const reasons = (): ReadonlyArray<string> => {
    const now = found()
    const blocking = now.length === 0 ? [] : waiting().filter(({ blocks }) => blocks)
    return [...now, ...blocking.map(sentence)]
  }
  return {
    /** What keeps the daemon from being ready; empty: it is ready. */
    reasons,
    /** `beside`: parts that wait and hold up nothing. */
    answer: () => {
      const now = reasons()
      const lost = redundancy()
      return {
        reasons: now,
        ...(lost !== undefined && { redundancy: lost }),
        beside: waiting()
          .filter(({ blocks }) => now.length === 0 || !blocks)
          .map(sentence)
      }
    }
  }
}
