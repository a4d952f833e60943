import { matchesGlob, parseGlob } from "./glob.ts"

/**
 * Index of the first glob that an instrument matches, and the number of globs when none does: the priority of its
 * subscription. `["au2612", "IF*"]` gives 0, 1 and 2.
 */
export const instrumentRank = (globs: ReadonlyArray<string>): ((id: string) => number) => {
  const patterns = globs.map(parseGlob)
  return (id) => {
    const at = patterns.findIndex((pattern) => matchesGlob(pattern, id))
    return at < 0 ? patterns.length : at
  }
}
