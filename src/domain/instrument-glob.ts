/** `*` stands for any characters, `?` for one; everything else for itself, and case counts as the exchanges write it. */
const patternOf = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replace(/\*/g, ".*")
      .replace(/\?/g, ".")}$`
  )

/**
 * Position of the first glob that an instrument matches, and the number of globs when none does: the order in which
 * instruments are asked for. `["au2612", "IF*"]` gives 0, 1 and 2.
 */
export const instrumentRank = (globs: ReadonlyArray<string>): ((id: string) => number) => {
  const patterns = globs.map(patternOf)
  return (id) => {
    const at = patterns.findIndex((pattern) => pattern.test(id))
    return at < 0 ? patterns.length : at
  }
}
