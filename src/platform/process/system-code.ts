/** What the system said, for a sentence: `EACCES`, or the error's own words where there is no code. */
export const systemCodeOf = (cause: unknown): string => {
  const code = (cause as { readonly code?: unknown } | null | undefined)?.code
  return typeof code === "string" ? code : cause instanceof Error ? cause.message : String(cause)
}
