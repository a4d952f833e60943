/** What cures an error of the system, where the usual advice of the place would not: a full disk needs no other owner. */
const cures: Readonly<Record<string, string>> = {
  ENOSPC: "make room on its disk",
  EDQUOT: "make room in the quota of this user",
  EROFS: "mount its file system for writing",
  EIO: "look at its disk and at the kernel's log",
  EMFILE: "raise the limit of open files (ulimit -n)",
  ENFILE: "raise the system's limit of open files (fs.file-max)",
  EAGAIN: "raise this user's limit of processes (ulimit -u, pids.max of the container), or end some",
  ENOMEM: "free memory, or give this machine more",
  ETXTBSY: "wait until the file has been written"
}

/** The end of a sentence that says what to do: the cure of this error, or `otherwise` where that is what cures it. */
export const cureOf = (cause: unknown, otherwise: string): string => {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined
  return (typeof code === "string" ? cures[code] : undefined) ?? otherwise
}
