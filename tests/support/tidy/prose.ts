// Which part of a file is prose: comments and strings of code, sentences of pages. Everything else becomes blanks, so that
// lines keep their numbers.

const blank = (text: string) => text.replace(/[^\n]/g, " ")

/** A slash behind one of these begins a regular expression, behind anything else it divides. */
const regexMayFollow = /(?:^|[(,=:[!&|?{};+\-*%~^<>\n]|\b(?:return|typeof|case|of|in))\s*$/

const codeTokens =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*|[`{}]/g

/** Comments and strings of TypeScript, JavaScript and C++; the text of templates counts, what they embed is code again. */
export const codeProse = (source: string): string => {
  let prose = ""
  let at = 0
  /** Open braces: true for one that ends an embedded expression of a template. */
  const braces: Array<boolean> = []
  const template = (from: number): number => {
    let end = from
    for (; end < source.length; end++) {
      const char = source[end]
      if (char === "\\") end++
      else if (char === "`") break
      else if (char === "$" && source[end + 1] === "{") {
        braces.push(true)
        prose += `${source.slice(from, end)}  `
        return end + 2
      }
    }
    prose += `${source.slice(from, end)} `
    return end + 1
  }
  while (at < source.length) {
    codeTokens.lastIndex = at
    const found = codeTokens.exec(source)
    if (found === null) return prose + blank(source.slice(at))
    const [token] = found
    prose += blank(source.slice(at, found.index))
    at = found.index + token.length
    if (token === "{") braces.push(false)
    if (token === "`") {
      prose += " "
      at = template(at)
    } else if (token === "}" && braces.pop() === true) {
      prose += " "
      at = template(at)
    } else if (token === "{" || token === "}") prose += " "
    // The path of an import is a name.
    else if (/\b(?:from|import)\s*\(?\s*$/.test(source.slice(Math.max(0, found.index - 20), found.index)))
      prose += blank(token)
    else if (token.startsWith("/") && !/^\/[/*]/.test(token)) {
      // A division is one character; what follows it is read again.
      if (regexMayFollow.test(source.slice(Math.max(0, found.index - 20), found.index))) prose += blank(token)
      else {
        prose += " "
        at = found.index + 1
      }
    } else prose += token
  }
  return prose
}

/** Sentences of a page: without fences, inline code, link targets and generated blocks. Tables stay. */
export const pageProse = (text: string): string => {
  let fenced = false
  let generated = false
  return text
    .split("\n")
    .map((line) => {
      if (/^\s*```/.test(line)) fenced = !fenced
      else if (/^<!-- .*: begin/.test(line)) generated = true
      else if (/^<!-- .*: end/.test(line)) generated = false
      else if (!fenced && !generated) return line.replace(/`[^`]*`/g, blank).replace(/\]\([^)]*\)/g, blank)
      return ""
    })
    .join("\n")
}

/** Lines of a page that a reader reads as sentences: no table, no fence, no generated block. Links count in full. */
export const longLines = (text: string, charactersMax: number): ReadonlyArray<number> => {
  const prose = pageProse(text).split("\n")
  return text.split("\n").flatMap((line, at) => {
    const isProse = (prose[at] ?? "").trim() !== "" && !/^\s*\|/.test(line)
    return isProse && [...line].length > charactersMax ? [at + 1] : []
  })
}

/** Numbers of the lines of code that are a comment and longer than `charactersMax`. */
export const longComments = (source: string, charactersMax: number): ReadonlyArray<number> =>
  source
    .split("\n")
    .flatMap((line, at) => (line.length > charactersMax && /^\s*(?:\/\/|\/?\*(?!\))|#)/.test(line) ? [at + 1] : []))

/**
 * Numbers of the lines at which a sentence of more than `wordsMax` words begins. A cell of a table, an item of a list and a
 * title are read by themselves. Inline code is no word; neither is Chinese.
 */
export const longSentences = (text: string, wordsMax: number): ReadonlyArray<number> => {
  const found: Array<number> = []
  let paragraph: Array<{ readonly line: number; readonly text: string }> = []
  const read = (parts: typeof paragraph) => {
    let words = 0
    let begin = parts[0]?.line ?? 0
    for (const { line, text: part } of parts) {
      for (const [token] of part.matchAll(/\S+/g)) {
        if (words === 0) begin = line
        if (/[A-Za-z0-9]/.test(token)) words++
        if (!/[.;:?!。；：？！](?:\*\*|["')\]])*$/.test(token)) continue
        if (words > wordsMax) found.push(begin)
        words = 0
      }
    }
    if (words > wordsMax) found.push(begin)
  }
  const end = () => {
    read(paragraph)
    paragraph = []
  }
  for (const [at, line] of pageProse(text).split("\n").entries()) {
    const isTable = /^\s*\|/.test(line)
    if (isTable || line.trim() === "" || /^\s*(?:[-*] |\d+\. |#)/.test(line)) end()
    if (isTable) for (const cell of line.split("|")) read([{ line: at + 1, text: cell }])
    else if (line.trim() !== "") paragraph.push({ line: at + 1, text: line })
  }
  end()
  return found
}
