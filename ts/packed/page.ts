/**
 * The bytes in which many records cross between JavaScript and the addon at once.
 *
 * ```text
 * header   u8 version (1) | u8 fields a record | u8 flags | u8 0 | u32 records
 * record   u32 length of each field, 0xffffffff for an absent one | the bytes of each field
 * ```
 *
 * Integers are little-endian. Bit 0 of the flags says that no page follows. `crates/node/src/page.rs` is the other side;
 * `__test__/golden/pages.json` holds pages that both must read and write alike.
 */
export const PAGE_VERSION = 1

/** Bytes of the header of a page. */
export const PAGE_HEADER = 8

/** The length that stands for an absent field. */
export const ABSENT = 0xffff_ffff

/** Set in the flags of the last page. */
export const LAST_PAGE = 1
