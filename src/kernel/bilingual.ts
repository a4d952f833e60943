/** A text for people, in both languages. Standard output and logs carry `en`; pages and the console show both. */
export interface Bilingual {
  readonly en: string
  readonly zh: string
}
