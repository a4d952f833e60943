import { expect } from "vitest"
import type { Ended } from "./cli-process.ts"

/** One line on stderr from the program itself, with this code at its end, and no stack. */
export const expectSentence = (ended: Ended, exitCode: number, code: string, words: RegExp) => {
  expect(ended.code, ended.stderr + ended.stdout).toBe(exitCode)
  const sentences = ended.stderr.split("\n").filter((line) => line.startsWith("tickd: "))
  expect(sentences, ended.stderr).toHaveLength(1)
  expect(sentences[0]).toMatch(words)
  expect(sentences[0]).toMatch(new RegExp(` \\[${code}\\]$`))
  expect(ended.stderr + ended.stdout).not.toMatch(/^\s+at .*:\d+:\d+/m)
}
