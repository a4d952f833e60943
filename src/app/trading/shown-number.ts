/** JSON has no NaN and no infinity: null and two words stand for them. */
export type ShownNumber = number | null | "inf" | "-inf"

export const shownNumber = (value: number): ShownNumber =>
  Number.isFinite(value) ? value : Number.isNaN(value) ? null : value > 0 ? "inf" : "-inf"
