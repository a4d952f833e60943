const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\0": "\\0" }

/**
 * A command with its fields as one line of the worker (docs/reference/ring.md): whatever a field holds, it stays one
 * field of one line. The worker answers for what no library can take.
 */
export const commandLine = (fields: ReadonlyArray<string>): string =>
  fields.map((field) => field.replace(/[\\\t\n\0]/g, (found) => escapes[found] as string)).join("\t")

/** Arguments that every worker of a vendor's library takes. No secret: argv can be read by every user. */
export const vendorArguments = (options: {
  readonly library: string
  readonly flowDir: string
  readonly fronts: ReadonlyArray<string>
  readonly production: boolean
}): ReadonlyArray<string> => [
  "--library",
  options.library,
  "--flow",
  options.flowDir,
  ...options.fronts.flatMap((front) => ["--front", front]),
  "--production",
  options.production ? "1" : "0"
]
