/** One part of a pattern: any run of characters, or one character of a set. */
type GlobPart = "run" | ((character: string) => boolean)
export type GlobPattern = ReadonlyArray<GlobPart>

const classOf = (text: string): GlobPart => {
  const negated = text.startsWith("!")
  const body = negated ? text.slice(1) : text
  const within = (character: string): boolean => {
    for (let at = 0; at < body.length; at++) {
      const from = body[at] as string
      const until = body[at + 1] === "-" && at + 2 < body.length ? (body[(at += 2)] as string) : from
      if (character >= from && character <= until) return true
    }
    return false
  }
  return (character) => within(character) !== negated
}

/**
 * Parses `*`, `?`, `[abc]`, `[a-z]` and `[!abc]` like a shell and Python's fnmatch; the case matters. An unclosed `[`
 * is a literal.
 */
export const parseGlob = (text: string): GlobPattern => {
  const parts: Array<GlobPart> = []
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string
    // A `]` at the first place belongs to the set.
    const close = character === "[" ? text.indexOf("]", at + (text[at + 1] === "!" ? 3 : 2)) : -1
    if (character === "*") {
      if (parts.at(-1) !== "run") parts.push("run")
    } else if (character === "?") parts.push(() => true)
    else if (close > 0) {
      parts.push(classOf(text.slice(at + 1, close)))
      at = close
    } else parts.push((other) => other === character)
  }
  return parts
}

/** True when the whole text matches. Time is at most the product of both lengths, for any pattern. */
export const matchesGlob = (pattern: GlobPattern, text: string): boolean => {
  let at = 0
  let place = 0
  // Where to continue when the part behind the last run did not match: one character further.
  let run = -1
  let runAt = 0
  while (at < text.length) {
    const part = pattern[place]
    if (part === "run") {
      run = place++
      runAt = at
    } else if (part?.(text[at] as string) === true) {
      place++
      at++
    } else if (run >= 0) {
      place = run + 1
      at = ++runAt
    } else return false
  }
  while (pattern[place] === "run") place++
  return place === pattern.length
}
