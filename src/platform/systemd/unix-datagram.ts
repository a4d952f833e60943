import koffi from "koffi"
import { errorText } from "../../kernel/error-text.ts"

/** Source: socket(7), unix(7), send(2) of Linux, the same on x86-64 and arm64. */
const afUnix = 1
const sockDgram = 2
const sockCloexec = 0o2000000
const msgDontwait = 0x40
const msgNosignal = 0x4000
/** Bytes of `sun_path`. */
const pathMax = 108

interface Libc {
  readonly socket: (domain: number, type: number, protocol: number) => number
  readonly sendto: (
    fd: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: number
  ) => number | bigint
  readonly close: (fd: number) => number
}

/** A datagram that was not sent, as one phrase. */
class DatagramError extends Error {}

/** `sockaddr_un`: the family, then the path; a leading `@` is the NUL of the abstract name space. */
const unixAddress = (path: string): Uint8Array => {
  const name = Buffer.from(path)
  const abstract = path.startsWith("@")
  if (abstract) name[0] = 0
  // A path in the file system ends with a NUL, an abstract name at the length of the address.
  const end = abstract ? 0 : 1
  if (name.length + end > pathMax || !(abstract || path.startsWith("/")))
    throw new DatagramError(`${path} is not a socket path of at most ${pathMax - 1} bytes that begins with / or @`)
  const address = Buffer.alloc(2 + name.length + end)
  address.writeUInt16LE(afUnix, 0)
  name.copy(address, 2)
  return address
}

const loadLibc = (): Libc => {
  const library = koffi.load("libc.so.6")
  return {
    socket: library.func("int socket(int domain, int type, int protocol)"),
    sendto: library.func(
      "intptr_t sendto(int fd, const void *bytes, size_t length, int flags, const void *address, uint32_t address_length)"
    ),
    close: library.func("int close(int fd)")
  } as Libc
}

/**
 * Sends datagrams to one Unix socket, which Node itself cannot. Never waits: a receiver with a full buffer gets none.
 * Errors: `DatagramError` with the system's error number.
 */
export const openUnixDatagram = (path: string) => {
  const address = unixAddress(path)
  let libc: Libc
  try {
    libc = loadLibc()
  } catch (cause) {
    throw new DatagramError(`libc cannot be called: ${errorText(cause)}`)
  }
  const fd = libc.socket(afUnix, sockDgram + sockCloexec, 0)
  if (fd < 0) throw new DatagramError(`no socket was created, error ${koffi.errno()}`)
  return {
    send: (text: string) => {
      const bytes = Buffer.from(text)
      const sent = libc.sendto(fd, bytes, bytes.length, msgDontwait | msgNosignal, address, address.length)
      if (Number(sent) < 0) throw new DatagramError(`${path} accepted no datagram, error ${koffi.errno()}`)
    },
    close: () => void libc.close(fd)
  }
}
