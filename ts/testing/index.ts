/**
 * For whoever writes a storage: the checks that every storage must pass.
 *
 * @packageDocumentation
 */
export {
  checkStorageConformance,
  type ConformanceOptions,
  type OpenStorage,
  STORAGE_CHECKS,
  type StorageCheck,
  StorageConformanceError,
} from './conformance.js'
