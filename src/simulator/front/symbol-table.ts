/**
 * Assigns a small number to each instrument id of a recording, from its bytes, without a string for each row. Numbers
 * count from 0 in sequence of first appearance.
 */
export class SymbolTable {
  readonly ids: Array<string> = []
  readonly numberOf = new Map<string, number>()
  private readonly texts: Array<Uint8Array> = []
  private readonly byHash = new Map<number, Array<number>>()

  number(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
    const bucket = this.byHash.get(hash)
    if (bucket === undefined) {
      const added = this.add(bytes, start, end)
      this.byHash.set(hash, [added])
      return added
    }
    for (const candidate of bucket) if (this.same(candidate, bytes, start, end)) return candidate
    const added = this.add(bytes, start, end)
    bucket.push(added)
    return added
  }

  private add(bytes: Uint8Array, start: number, end: number): number {
    // A copy: the bytes belong to a chunk of the file, and Buffer.slice would keep a view of it.
    const text = new Uint8Array(bytes.subarray(start, end))
    const id = Buffer.from(text).toString("latin1")
    this.texts.push(text)
    this.numberOf.set(id, this.ids.length)
    return this.ids.push(id) - 1
  }

  private same(candidate: number, bytes: Uint8Array, start: number, end: number): boolean {
    const text = this.texts[candidate] as Uint8Array
    if (text.length !== end - start) return false
    for (let i = 0; i < text.length; i++) if (text[i] !== bytes[start + i]) return false
    return true
  }
}
