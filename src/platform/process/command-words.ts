/**
 * The words of a command line as a shell reads them, without its other features: spaces separate words, single and
 * double quotes keep them together, a backslash outside single quotes keeps the character behind it. Everything else
 * (`;`, `|`, `$`) is text. Undefined: a quote is not closed.
 */
export const commandWords = (text: string): ReadonlyArray<string> | undefined => {
  const words: Array<string> = []
  let word: string | undefined
  let quote = ""
  for (let at = 0; at < text.length; at++) {
    const sign = text.charAt(at)
    if (sign === "\\" && quote !== "'" && at + 1 < text.length) word = (word ?? "") + text.charAt(++at)
    else if (quote !== "") {
      if (sign === quote) quote = ""
      else word = (word ?? "") + sign
    } else if (sign === "'" || sign === '"') {
      quote = sign
      word ??= ""
    } else if (/\s/.test(sign)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? "") + sign
  }
  if (quote !== "") return undefined
  return word === undefined ? words : [...words, word]
}
