import { createHash } from "node:crypto"
import { closeSync, fsyncSync, openSync, readSync } from "node:fs"
import { StringDecoder } from "node:string_decoder"
import { openSource, writeWhole } from "./copy-file.ts"

const bufferBytes = 262_144

/** A new file of lines, mode 0600. Methods throw the system's error. */
export const newLineFile = (path: string) => {
  const file = openSync(path, "wx", 0o600)
  const hash = createHash("sha256")
  let waiting: Array<string> = []
  let length = 0
  let bytes = 0
  const flush = (): void => {
    const text = Buffer.from(waiting.join(""))
    waiting = []
    length = 0
    hash.update(text)
    bytes += text.length
    writeWhole(file, text)
  }
  return {
    line: (text: string): void => {
      waiting.push(`${text}\n`)
      length += text.length
      if (length > bufferBytes) flush()
    },
    /** Writes what waits, and has it on disk before it returns. */
    sync: (): { readonly bytes: number; readonly sha256: string } => {
      flush()
      fsyncSync(file)
      return { bytes, sha256: hash.digest("hex") }
    },
    close: (): void => closeSync(file)
  }
}

/** The lines of a file, read in pieces; a last line without its end is one too. Throws the system's error. */
export function* linesOf(path: string): Generator<string> {
  const file = openSource(path)
  try {
    const decoder = new StringDecoder("utf8")
    const chunk = Buffer.alloc(bufferBytes)
    let rest = ""
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      const lines = (rest + decoder.write(chunk.subarray(0, read))).split("\n")
      rest = lines.pop() ?? ""
      yield* lines
    }
    rest += decoder.end()
    if (rest !== "") yield rest
  } finally {
    closeSync(file)
  }
}
