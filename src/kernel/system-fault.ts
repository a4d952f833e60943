import { errorText } from "./error-text.ts"

/** Fixes for system errors where the usual advice does not help: for a full disk, another owner changes nothing. */
const cures: Readonly<Record<string, string>> = {
  ENOSPC: "make room on its disk",
  EDQUOT: "make room in the quota of this user",
  EROFS: "mount its file system for writing",
  EIO: "check its disk and the kernel's log",
  EMFILE: "raise the limit of open files (ulimit -n)",
  ENFILE: "raise the system's limit of open files (fs.file-max)",
  EAGAIN: "raise this user's limit of processes (ulimit -u, pids.max of the container), or end some",
  ENOMEM: "free memory, or give this machine more",
  ETXTBSY: "wait until the file has been written"
}

const codeOf = (cause: unknown): string | undefined => {
  const code = (cause as { readonly code?: unknown } | null | undefined)?.code
  return typeof code === "string" ? code : undefined
}

/** The end of a sentence with the fix: the one for this error, or `otherwise`. */
export const cureOf = (cause: unknown, otherwise: string): string => cures[codeOf(cause) ?? ""] ?? otherwise

/** The system's error code for a sentence: `EACCES`, or the error's own text where there is no code. */
export const systemCodeOf = (cause: unknown): string => codeOf(cause) ?? errorText(cause)

/** There is no such file or folder. */
export const isMissing = (cause: unknown): boolean => codeOf(cause) === "ENOENT"
