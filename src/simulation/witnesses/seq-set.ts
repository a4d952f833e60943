/** Ticks by sequence number: one bit each, so that a simulated day costs a megabyte. */
export class SeqSet {
  size = 0
  private bits = new Uint32Array(1024)

  /** False when it was there already. */
  add(seq: number): boolean {
    const at = seq >>> 5
    this.grow(at)
    const bit = 1 << (seq & 31)
    const word = this.bits[at] as number
    if ((word & bit) !== 0) return false
    this.bits[at] = word | bit
    this.size++
    return true
  }

  addRange(first: number, last: number): void {
    for (let seq = first; seq <= last; seq++) this.add(seq)
  }

  addAll(other: SeqSet): void {
    this.grow(other.bits.length - 1)
    for (const [at, word] of other.bits.entries()) {
      const mine = this.bits[at] as number
      this.size += ones(word & ~mine)
      this.bits[at] = mine | word
    }
  }

  has(seq: number): boolean {
    return ((this.bits[seq >>> 5] ?? 0) & (1 << (seq & 31))) !== 0
  }

  private grow(at: number): void {
    if (at < this.bits.length) return
    const wider = new Uint32Array(Math.max(at + 1, this.bits.length * 2))
    wider.set(this.bits)
    this.bits = wider
  }
}

const ones = (word: number): number => {
  let count = 0
  for (let left = word; left !== 0; left &= left - 1) count++
  return count
}
