import { closeSync, openSync, unlinkSync } from "node:fs"
import { Effect, Schema } from "effect"
import koffi from "koffi"
import { errorText } from "../../../kernel/error-text.ts"
import {
  apiVersionBytes,
  controlReserve,
  defaultCapacity,
  header,
  headerBytes,
  ringLayoutVersion,
  ringMagic,
  slotBytes
} from "./ring-layout.ts"

/** The ring cannot be created. `message` is one sentence that names the cause and the fix. */
export class RingError extends Schema.TaggedError<RingError>()("RingError", {
  code: Schema.Literals(["RING_CAPACITY", "RING_SHM_MISSING", "RING_SHM_FULL", "RING_MAP_FAILED"]),
  message: Schema.String
}) {}

/**
 * The producer's counters. `ticks` is the last sequence number, including dropped ticks. It is stored after the slot,
 * so a reader that has just read tick n may see `n - 1` here: the larger of the two was received.
 */
export interface RingCounters {
  readonly ticks: number
  readonly dropTicks: number
  readonly dropControl: number
  readonly wakes: number
  readonly firstDropSeq: number
  readonly lastDropSeq: number
  readonly coalescedConnects: number
  readonly coalescedDisconnects: number
  /** 0 until a worker has taken the ring. */
  readonly pid: number
  /** Start of the worker, ns since 1970: changes at each restart. A bigint, because it does not fit into a double. */
  readonly epoch: bigint
  readonly apiVersion: string
  readonly closed: boolean
  /** Rounds of the worker's own thread, and executed commands. Both count from 0 at each start. */
  readonly heartbeats: number
  readonly commands: number
}

/** The consumer's side of one ring. Slots `tail() .. head() - 1` may be read until `setTail` returns them. */
export interface SharedRing {
  /** Becomes descriptor 4 of the worker. It stays open, because the next worker uses the same ring. */
  readonly fd: number
  readonly capacity: number
  /** The whole mapping with its header, as arrays of each width. Slot i begins at `slotOffset(i)`. */
  readonly bytes: Uint8Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly u64: BigUint64Array
  readonly f64: Float64Array
  /** Byte offset of a slot in the mapping. `index` counts from the ring's creation. */
  readonly slotOffset: (index: number) => number
  /** Slots published so far (acquire). Slots below it are complete. */
  readonly head: () => number
  readonly tail: () => number
  /** Returns the slots below `next` to the producer (release). */
  readonly setTail: (next: number) => void
  /** Call with the ring empty. True: the next slot will ring the doorbell, so wait. False: a slot arrived meanwhile. */
  readonly sleep: () => boolean
  readonly counters: () => RingCounters
  /** Closes the descriptor. The mapping stays until the process ends. */
  readonly close: () => void
}

const shmFolder = "/dev/shm"
const two32 = 4294967296

interface Libc {
  readonly mmap: (address: null, bytes: number, protection: number, flags: number, fd: number, offset: number) => bigint
  readonly posix_fallocate: (fd: number, offset: number, bytes: number) => number
}

let libc: Libc | undefined

const loadLibc = (): Libc => {
  if (libc !== undefined) return libc
  const library = koffi.load("libc.so.6")
  libc = {
    mmap: library.func(
      "uintptr_t mmap(void *address, size_t bytes, int protection, int flags, int fd, int64_t offset)"
    ),
    posix_fallocate: library.func("int posix_fallocate(int fd, int64_t offset, int64_t bytes)")
  } as Libc
  return libc
}

const megabytes = (bytes: number) => `${(bytes / 1048576).toFixed(1)} MiB`

const mapRing = (fd: number, bytes: number): ArrayBuffer => {
  const { mmap, posix_fallocate } = loadLibc()
  // Pages are reserved now, so that a full /dev/shm is an error here and not a SIGBUS later.
  const failed = posix_fallocate(fd, 0, bytes)
  if (failed !== 0) {
    throw new RingError({
      code: "RING_SHM_FULL",
      message: `${shmFolder} cannot hold a ring of ${megabytes(bytes)} (error ${failed}): free space there, or give the container more with --shm-size`
    })
  }
  const readWrite = 3
  const mapShared = 1
  const address = BigInt(mmap(null, bytes, readWrite, mapShared, fd, 0))
  if (address === 0xffff_ffff_ffff_ffffn) {
    throw new RingError({
      code: "RING_MAP_FAILED",
      message: `the ring of ${megabytes(bytes)} cannot be mapped (error ${koffi.errno()}): raise the limit on address space (ulimit -v)`
    })
  }
  // Never unmapped: an ArrayBuffer over it must not outlive the mapping, and the last view cannot be tracked.
  return koffi.view(address, bytes)
}

const openShm = (): number => {
  const path = `${shmFolder}/tickd-ring-${process.pid}-${crypto.randomUUID()}`
  try {
    const fd = openSync(path, "wx+", 0o600)
    // Unlinked at once, so that no crash of either side leaves a file.
    unlinkSync(path)
    return fd
  } catch (cause) {
    const reason = errorText(cause)
    throw new RingError({
      code: "RING_SHM_MISSING",
      message: `no file can be created in ${shmFolder} (${reason}): mount a tmpfs there that this user can write`
    })
  }
}

const overMapping = (fd: number, buffer: ArrayBuffer, capacity: number, startAt: number): SharedRing => {
  const bytes = new Uint8Array(buffer)
  const i32 = new Int32Array(buffer)
  const u32 = new Uint32Array(buffer)
  const u64 = new BigUint64Array(buffer)
  const f64 = new Float64Array(buffer)
  const headLow = header.head / 4
  const tailLow = header.tail / 4
  const sleeping = header.sleeping / 4
  const mask = capacity - 1
  let tail = startAt

  /** Two loads of 32 bits, repeated when the high half moved in between: no BigInt for a number below 2^53. */
  const counter = (offset: number): number => {
    const at = offset / 4
    for (;;) {
      const high = Atomics.load(u32, at + 1)
      const low = Atomics.load(u32, at)
      if (Atomics.load(u32, at + 1) === high) return high * two32 + low
    }
  }
  const store = (offset: number, value: number): void => {
    u32[offset / 4 + 1] = Math.floor(value / two32)
    Atomics.store(u32, offset / 4, value % two32)
  }
  // The low word is enough: the ring is far smaller than 2^32, and the difference wraps like the counter.
  const head = () => tail + ((Atomics.load(i32, headLow) - tail) >>> 0)

  u32[header.magic / 4] = ringMagic
  u32[header.layoutVersion / 4] = ringLayoutVersion
  u32[header.capacity / 4] = capacity
  u32[header.slotSize / 4] = slotBytes
  store(header.tail, startAt)
  store(header.head, startAt)

  return {
    fd,
    capacity,
    bytes,
    i32,
    u32,
    u64,
    f64,
    slotOffset: (index) => headerBytes + (index & mask) * slotBytes,
    head,
    tail: () => tail,
    setTail: (next) => {
      tail = next
      // The high half has no reader on the other side (native/ring.h). It is stored for memory dumps.
      u32[tailLow + 1] = Math.floor(next / two32)
      Atomics.store(u32, tailLow, next % two32)
    },
    sleep: () => {
      // Sequentially consistent store, then load: either we see the new head or the producer sees `sleeping`.
      Atomics.store(i32, sleeping, 1)
      if (head() === tail) return true
      Atomics.store(i32, sleeping, 0)
      return false
    },
    counters: () => {
      // Drops before ticks, so that ticks - drops - delivered is never negative.
      const dropTicks = counter(header.dropTicks)
      const text = bytes.subarray(header.apiVersion, header.apiVersion + apiVersionBytes)
      const end = text.indexOf(0)
      return {
        dropTicks,
        ticks: counter(header.ticks),
        dropControl: counter(header.dropControl),
        wakes: counter(header.wakes),
        firstDropSeq: counter(header.firstDropSeq),
        lastDropSeq: counter(header.lastDropSeq),
        coalescedConnects: counter(header.coalescedConnects),
        coalescedDisconnects: counter(header.coalescedDisconnects),
        pid: Atomics.load(u32, header.pid / 4),
        epoch: Atomics.load(u64, header.epoch / 8),
        apiVersion: Buffer.from(text.subarray(0, end < 0 ? apiVersionBytes : end)).toString("latin1"),
        closed: Atomics.load(u32, header.closed / 4) === 1,
        heartbeats: counter(header.heartbeats),
        commands: counter(header.commands)
      }
    },
    close: () => closeSync(fd)
  }
}

/**
 * Creates a ring in shared memory and maps it. `capacity` is a power of two of at least 128 slots of 320 bytes.
 * `startAt` (default 0) is the number of the first slot, for tests that cross 2^32.
 * Errors: `RingError` when the capacity is invalid, or /dev/shm is missing, full or cannot be mapped.
 */
export const createRing = (options: {
  readonly capacity?: number
  readonly startAt?: number
}): Effect.Effect<SharedRing, RingError> =>
  Effect.suspend(() => {
    const capacity = options.capacity ?? defaultCapacity
    const exponent = Math.log2(capacity)
    if (!Number.isInteger(exponent) || capacity < 2 * controlReserve || exponent > 22) {
      const message = `a ring of ${capacity} slots cannot be created: give a power of two between ${2 * controlReserve} and ${2 ** 22}`
      return Effect.fail(new RingError({ code: "RING_CAPACITY", message }))
    }
    let fd = -1
    try {
      fd = openShm()
      const buffer = mapRing(fd, headerBytes + capacity * slotBytes)
      return Effect.succeed(overMapping(fd, buffer, capacity, options.startAt ?? 0))
    } catch (cause) {
      if (fd >= 0) closeSync(fd)
      return cause instanceof RingError ? Effect.fail(cause) : Effect.die(cause)
    }
  })
