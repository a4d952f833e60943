/** One assignment of an env file. `line` counts from 1. */
interface EnvLine {
  readonly name: string
  readonly value: string
  readonly line: number
}

/** A remark about the file itself. Never repeats a value: it may be a secret. */
export interface EnvFileRemark {
  readonly code: "ENV_LINE" | "ENV_DUPLICATE" | "ENV_CRLF" | "ENV_QUOTES" | "ENV_EXPORT"
  readonly isFault: boolean
  readonly line: number
  readonly name?: string
  readonly message: string
  readonly fix: string
}

export interface EnvFile {
  readonly lines: ReadonlyArray<EnvLine>
  /** The last assignment of each name. */
  readonly values: ReadonlyMap<string, EnvLine>
  readonly remarks: ReadonlyArray<EnvFileRemark>
}

/** The text between quotes. Inside double quotes a backslash keeps `"`, `\`, `$` and a backtick, as in a shell. */
const unquoted = (text: string): string | undefined => {
  const quote = text.charAt(0)
  if (quote !== '"' && quote !== "'") return text
  if (text.length < 2 || !text.endsWith(quote)) return undefined
  const inside = text.slice(1, -1)
  if (quote === "'") return inside.includes("'") ? undefined : inside
  return /^(?:[^"\\]|\\.)*$/.test(inside) ? inside.replace(/\\(["\\$`])/g, "$1") : undefined
}

const assignment = /^(export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/

/**
 * Reads an env file: `NAME=value` lines, `#` comments, quotes and `export` as a shell has them. It says what docker,
 * systemd or a shell would read in another way. Never fails: each fault is a remark with its line.
 */
export const parseEnvFile = (text: string): EnvFile => {
  const lines: Array<EnvLine> = []
  const remarks: Array<EnvFileRemark> = []
  const values = new Map<string, EnvLine>()
  const rows = text.replace(/^\uFEFF/, "").split("\n")
  const crlf = rows.findIndex((row) => row.endsWith("\r"))
  if (crlf >= 0)
    remarks.push({
      code: "ENV_CRLF",
      isFault: false,
      line: crlf + 1,
      message: "lines end with CR LF, and some programs keep the CR as part of the value",
      fix: "convert the file: sed -i 's/\\r$//' FILE"
    })
  for (const [at, row] of rows.entries()) {
    const line = at + 1
    const content = row.replace(/\r$/, "").trim()
    if (content === "" || content.startsWith("#")) continue
    const [, exported, name = "", right = ""] = assignment.exec(content) ?? []
    const value = unquoted(right)
    if (name === "" || value === undefined) {
      remarks.push({
        code: "ENV_LINE",
        isFault: true,
        line,
        ...(name !== "" && { name }),
        message: name === "" ? "the line is no NAME=value" : `the quote of ${name} is not closed on its line`,
        fix: name === "" ? "write NAME=value, or begin the line with #" : "close the quote, or remove it"
      })
      continue
    }
    if (exported !== undefined)
      remarks.push({
        code: "ENV_EXPORT",
        isFault: false,
        line,
        name,
        message: `the line of ${name} begins with export, which systemd and docker do not accept`,
        fix: "remove export; in a shell use: set -a; . FILE; set +a"
      })
    if (value !== right)
      remarks.push({
        code: "ENV_QUOTES",
        isFault: false,
        line,
        name,
        message: `the value of ${name} is in quotes, which docker run --env-file keeps as part of the value`,
        fix: "remove the quotes where the value needs none"
      })
    const earlier = values.get(name)
    if (earlier !== undefined)
      remarks.push({
        code: "ENV_DUPLICATE",
        isFault: earlier.value !== value,
        line,
        name,
        message: `${name} is set in line ${earlier.line} and again in line ${line}${earlier.value === value ? ", to the same value" : ", to another value"}`,
        fix: "keep one of the lines; the last one counts"
      })
    const found = { name, value, line }
    lines.push(found)
    values.set(name, found)
  }
  return { lines, values, remarks }
}

/**
 * A line that a shell, systemd and `parseEnvFile` read as the same value. Undefined: a value with a line break or a NUL
 * has no such line.
 */
export const envLine = (name: string, value: string): string | undefined => {
  if (/[\r\n\0]/.test(value)) return undefined
  if (/^[\w./:@,+=-]*$/.test(value)) return `${name}=${value}`
  return value.includes("'") ? `${name}="${value.replace(/["\\$`]/g, "\\$&")}"` : `${name}='${value}'`
}
