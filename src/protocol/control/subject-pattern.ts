/** What is wrong with one token, as the end of the sentence `its token "x" ...`. */
const tokenFault = (token: string, last: boolean): string | undefined => {
  if (token === "") return "is empty: remove the extra dot"
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\s\u0000-\u001f]/.test(token)) return "holds a space or a control character, which no subject has"
  if (token === ">") return last ? undefined : "stands for all that follows: nothing may come behind it"
  // NATS takes it literally, and no subject of tickd holds such a character: the reader would wait for ever.
  if (token !== "*" && /[*>]/.test(token)) return "is no wildcard: * stands for a whole token, > for all that follow"
  return undefined
}

/** Why NATS cannot match this pattern as it is meant, as the end of a sentence; undefined: it can. */
export const patternFault = (pattern: string): string | undefined => {
  const tokens = pattern.split(".")
  for (const [at, token] of tokens.entries()) {
    const fault = tokenFault(token, at === tokens.length - 1)
    if (fault !== undefined) return `its token ${at + 1} (${JSON.stringify(token)}) ${fault}`
  }
  return undefined
}

/** Whether a subject exists that both patterns match. */
export const patternsMeet = (one: string, other: string): boolean => {
  const left = one.split(".")
  const right = other.split(".")
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const a = left[at]
    const b = right[at]
    if (a === undefined || b === undefined) return false
    if (a === ">" || b === ">") return true
    if (a !== "*" && b !== "*" && a !== b) return false
  }
  return true
}
