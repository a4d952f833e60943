// Words that this project does not use in pages, comments and messages, and what to write instead.

interface BannedWord {
  /** Name in the budget and in failures. */
  readonly name: string
  readonly pattern: RegExp
  readonly instead: string
}

const bannedWords: ReadonlyArray<BannedWord> = [
  { name: "tell, told", pattern: /\b(?:tells?|told|telling)\b/gi, instead: "report, print, show; distinguish" },
  { name: "nobody", pattern: /\bnobody\b/gi, instead: "no reader, no operator, nothing, not" },
  { name: "somebody", pattern: /\bsomebody\b/gi, instead: "an operator, a reader, a caller" },
  { name: "whoever", pattern: /\bwhoever\b/gi, instead: "a reader that, an operator who" },
  { name: "unset:", pattern: /\bunset: /gi, instead: "omit to …" },
  { name: "lived", pattern: /\blived\b|\blives (?:a|an|each|one|\d+)\b/gi, instead: "run, runs" },
  { name: "patience", pattern: /\bpatience\b/gi, instead: "timeout" },
  { name: "mend", pattern: /\bmend(?:s|ed|ing)?\b/gi, instead: "fix" },
  { name: "for the sake of", pattern: /\bfor the sake of\b/gi, instead: "for" },
  { name: "found no place", pattern: /\b(?:found|find|finds) no (?:place|room)\b/gi, instead: "dropped: … full" },
  { name: "desk", pattern: /\bdesks?\b/gi, instead: "handler, tracker; a trading team" },
  { name: "former run", pattern: /\bformer (?:run|life|lives)\b/gi, instead: "previous run" }
]

/** Words of file names that belong to trading. */
export const tradingNames: ReadonlyArray<{ readonly word: RegExp; readonly instead: string }> = [
  { word: /(?:^|-)orders?(?:-|\.)/, instead: "command (or sequence)" },
  { word: /(?:^|-)accounts?(?:-|\.)/, instead: "integrity" },
  { word: /(?:^|-)books?(?:-|\.)/, instead: "ledger" },
  { word: /(?:^|-)desks?(?:-|\.)/, instead: "handler or tracker" }
]

export interface Finding {
  readonly line: number
  readonly name: string
  readonly word: string
  readonly instead: string
}

/** One pattern for all words: most lines hold none, and are read once. */
const any = new RegExp(bannedWords.map(({ pattern }) => `(?:${pattern.source})`).join("|"), "i")

/** Banned words of a text in which line `n` of the result is line `n` of the file. */
export const bannedIn = (text: string): ReadonlyArray<Finding> =>
  any.test(text)
    ? text
        .split("\n")
        .flatMap((line, at) =>
          any.test(line)
            ? bannedWords.flatMap(({ name, pattern, instead }) =>
                [...line.matchAll(pattern)].map(([word]) => ({ line: at + 1, name, word, instead }))
              )
            : []
        )
    : []
