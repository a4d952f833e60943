// An escalation must call exactly the program that the operator wrote: not another one, and none that a shell adds.
import { assert, it } from "vitest"
import { commandWords } from "../../../../src/platform/process/command-words.ts"

it("parts words as a shell does, and gives signs of a shell no power", () => {
  const cases: ReadonlyArray<readonly [text: string, words: ReadonlyArray<string> | undefined]> = [
    ["notify --code {exit_code}", ["notify", "--code", "{exit_code}"]],
    ["  a\tb\n c ", ["a", "b", "c"]],
    [`notify "two words" 'it is "so"' ""`, ["notify", "two words", 'it is "so"', ""]],
    [`a\\ b "c\\"d" 'e\\f' g\\`, ["a b", 'c"d', "e\\f", "g\\"]],
    ["say hi; rm -rf / | cat $HOME `id` && x > y", "say hi; rm -rf / | cat $HOME `id` && x > y".split(" ")],
    [`--text='a b'c`, ["--text=a bc"]],
    ["", []],
    ["   ", []],
    ["a 'b", undefined],
    ['a "b', undefined]
  ]
  for (const [text, words] of cases) assert.deepStrictEqual(commandWords(text), words, text)
})
