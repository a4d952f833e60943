/** A sent batch: its rows, and the number of them without an answer. */
export interface Batch {
  readonly atMs: number
  readonly rows: ReadonlyArray<number>
  open: number
}

/** Batches that wait for their answers, oldest first, and the batch of each row. */
export class BatchesUnderWay {
  private readonly batches: Array<Batch> = []
  private readonly batchOf = new Map<number, Batch>()

  get size(): number {
    return this.batches.length
  }

  oldest(): Batch | undefined {
    return this.batches[0]
  }

  add(rows: ReadonlyArray<number>, atMs: number): void {
    const batch: Batch = { atMs, rows, open: rows.length }
    this.batches.push(batch)
    for (const row of rows) this.batchOf.set(row, batch)
  }

  /** A row needs no more answer: it arrived, or the row was removed. True when it was the last of its batch. */
  settle(row: number): boolean {
    const batch = this.batchOf.get(row)
    if (batch === undefined) return false
    this.batchOf.delete(row)
    batch.open--
    if (batch.open > 0) return false
    this.batches.splice(this.batches.indexOf(batch), 1)
    return true
  }

  /** Removes a batch and returns its rows without an answer. */
  take(batch: Batch): Array<number> {
    const rows = batch.rows.filter((row) => this.batchOf.get(row) === batch)
    for (const row of rows) this.batchOf.delete(row)
    const at = this.batches.indexOf(batch)
    if (at >= 0) this.batches.splice(at, 1)
    return rows
  }

  /** Removes all batches and returns every row without an answer. */
  takeAll(): Array<number> {
    const rows = [...this.batchOf.keys()]
    this.clear()
    return rows
  }

  clear(): void {
    this.batches.length = 0
    this.batchOf.clear()
  }
}

/** Rows that wait to be sent, first in first out. Failed rows go to the front. */
export class RowQueue {
  private rows: Array<number> = []
  private head = 0

  get size(): number {
    return this.rows.length - this.head
  }

  push(row: number): void {
    this.rows.push(row)
  }

  putFirst(rows: ReadonlyArray<number>): void {
    this.rows = [...rows, ...this.rows.slice(this.head)]
    this.head = 0
  }

  shift(): number | undefined {
    const row = this.rows[this.head]
    if (row === undefined) return undefined
    this.head++
    if (this.head === this.rows.length) this.clear()
    return row
  }

  clear(): void {
    this.rows = []
    this.head = 0
  }
}
