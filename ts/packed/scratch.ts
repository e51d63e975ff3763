/**
 * Memory through which the key and the value of one point operation go to the addon and come back, so that nothing is
 * allocated for them. Each thread has its own, never resized nor transferred. Nothing reads it after the call that wrote
 * it.
 */
export const scratch: Buffer = Buffer.allocUnsafeSlow(64 * 1024)
