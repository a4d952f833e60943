/** Variables of the environment, as a shell gives them. */
export type Variables = Readonly<Record<string, string | undefined>>

/** Where a verb prints. Colours and hints are for a terminal only. */
export interface Screen {
  /** stdout is a terminal. */
  readonly isTerminal: boolean
  /** stderr is a terminal. */
  readonly hasErrorTerminal: boolean
  readonly isColoured: boolean
  /** Width of stdout in columns; 80 where it is not known. */
  readonly columns: number
}

/** A file or a pipe. */
export const noTerminal: Screen = { isTerminal: false, hasErrorTerminal: false, isColoured: false, columns: 80 }

/** Source: no-color.org; a terminal named `dumb` cannot show colours. */
export const screenOf = (env: Variables, stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Screen => {
  const isTerminal = stdout.isTTY === true
  return {
    isTerminal,
    hasErrorTerminal: stderr.isTTY === true,
    isColoured: isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb",
    columns: stdout.columns || 80
  }
}

/** stderr as a screen of its own, for sentences that are wrapped there. */
export const errorScreenOf = (stderr: NodeJS.WriteStream): Screen => ({
  ...noTerminal,
  isTerminal: stderr.isTTY === true,
  columns: stderr.columns || 80
})
