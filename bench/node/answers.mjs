import { once } from 'node:events'

/** The next message of a process. When it ends without one, that is an error, which says what it was to do. */
export async function answer(child, doing) {
  const ended = new AbortController()
  const { signal } = ended
  try {
    const [message] = await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(() => [{ error: `a process ended during ${doing}` }]),
    ])
    if (message.error) throw new Error(message.error)
    return message
  } finally {
    ended.abort()
  }
}
