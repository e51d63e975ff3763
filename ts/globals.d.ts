// What Node.js 20 has, and ES2023 lacks.

interface String {
  /** Whether the string has no lone surrogates. */
  isWellFormed(): boolean
}
