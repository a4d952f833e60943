import { closeSync } from "node:fs"
import { Socket } from "node:net"
import koffi from "koffi"

const libc = koffi.load("libc.so.6")
const pipe2 = libc.func("int pipe2(_Out_ int *fds, int flags)")
const nonBlockingCloseOnExec = 0o4000 | 0o2000000

/**
 * A pipe whose write end a worker inherits: each byte wakes `onRing`. Reads into one buffer of its own:
 * `child.stdio[3]` would allocate one for each wake, and `spawn` cannot set the buffer.
 */
export const openDoorbell = (onRing: () => void): { readonly writeFd: number; readonly close: () => void } => {
  const fds = [0, 0]
  // EMFILE or ENFILE: no other error is possible.
  if (pipe2(fds, nonBlockingCloseOnExec) !== 0) {
    throw Object.assign(new Error("EMFILE: too many open files, pipe"), { code: "EMFILE" })
  }
  const [readFd, writeFd] = fds as [number, number]
  const socket = new Socket({
    fd: readFd,
    readable: true,
    writable: false,
    onread: {
      buffer: new Uint8Array(4096),
      callback: () => {
        onRing()
        return true
      }
    }
  })
  // The worker's death closes the pipe. Slots that it published without a ring are read then.
  socket.on("close", onRing)
  socket.on("error", onRing)
  socket.resume()
  let open = true
  return {
    writeFd,
    close: () => {
      if (!open) return
      open = false
      closeSync(writeFd)
      socket.destroy()
    }
  }
}
