/*
 * Counts the calls of a process that change files below a folder, and lets the n-th of them fail, or the process die at it.
 *
 * Loaded with LD_PRELOAD. The environment says what to do:
 *   FAULT_FOLDER  calls on files at and below it count
 *   FAULT_AT      which call, counted from 1
 *   FAULT_MODE    error: it fails with EIO; full: it fails with ENOSPC, a write once half is written; broken: it and all after it fail with EIO;
 *                 kill: the process dies before it; torn: a write writes half and the process dies, any other call is made and then it
 *                 dies
 * Opening the file FAULT_FOLDER/fault-arm begins the count and resets it, FAULT_FOLDER/fault-disarm ends it; neither file has to be
 * there. FAULT_FOLDER/fault-fired can be opened once a fault has fired.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[PATH_MAX];
static size_t folder_length;
static long fault_at;
static enum { ERROR, FULL, BROKEN, KILL, TORN } mode;
static atomic_long calls;
static atomic_int armed, fired, full;

__attribute__((constructor)) static void begin(void) {
  const char *where = getenv("FAULT_FOLDER"), *at = getenv("FAULT_AT"), *how = getenv("FAULT_MODE");
  if (where && at && how) {
    snprintf(folder, sizeof folder, "%s", where);
    folder_length = strlen(folder);
    fault_at = atol(at);
    mode = !strcmp(how, "full")     ? FULL
           : !strcmp(how, "broken") ? BROKEN
           : !strcmp(how, "kill")   ? KILL
           : !strcmp(how, "torn")   ? TORN
                                    : ERROR;
  }
  /* Programs that this one starts are left alone. */
  unsetenv("LD_PRELOAD");
}

static int below(const char *path) {
  return folder_length && path && !strncmp(path, folder, folder_length) &&
         (path[folder_length] == '/' || path[folder_length] == '\0');
}

static int of_folder(int file) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0)
    return 0;
  path[length] = '\0';
  return below(path);
}

/* What becomes of a call that changes something: 0 for nothing unusual, 1 for failing, 2 for dying after it, 3 for failing
 * after half of it was done: a write for which there is no space writes what it can, and the next one fails. */
static int next(int counts) {
  if (!armed || !counts)
    return 0;
  if (full) {
    full = 0;
    errno = ENOSPC;
    return 3;
  }
  long call = ++calls;
  if (call < fault_at || (call > fault_at && mode != BROKEN))
    return 0;
  fired = 1;
  if (mode == KILL)
    raise(SIGKILL);
  if (mode == TORN)
    return 2;
  errno = mode == FULL ? ENOSPC : EIO;
  return 1;
}

#define REAL(name, result, ...) \
  static result (*real)(__VA_ARGS__); \
  if (!real) \
    real = dlsym(RTLD_NEXT, #name)

#define CHANGE(name, result, parameters, arguments, counts) \
  result name parameters { \
    REAL(name, result, ) ; \
    int fate = next(counts); \
    if (fate == 1 || fate == 3) \
      return -1; \
    result answer = ((result (*) parameters)real) arguments; \
    if (fate == 2) \
      raise(SIGKILL); \
    return answer; \
  }

#define WRITE(name, parameters, half_arguments, arguments) \
  ssize_t name parameters { \
    REAL(name, ssize_t, ) ; \
    int fate = next(of_folder(file)); \
    if (fate == 1 && mode == FULL) { \
      ssize_t half = ((ssize_t (*) parameters)real) half_arguments; \
      if (half > 0) { \
        full = 1; \
        return half; \
      } \
      errno = ENOSPC; \
    } \
    if (fate == 1 || fate == 3) \
      return -1; \
    if (fate == 2) { \
      (void)((ssize_t (*) parameters)real) half_arguments; \
      raise(SIGKILL); \
    } \
    return ((ssize_t (*) parameters)real) arguments; \
  }

WRITE(write, (int file, const void *bytes, size_t length), (file, bytes, length / 2), (file, bytes, length))
WRITE(pwrite, (int file, const void *bytes, size_t length, off_t at), (file, bytes, length / 2, at), (file, bytes, length, at))
WRITE(pwrite64, (int file, const void *bytes, size_t length, off64_t at), (file, bytes, length / 2, at), (file, bytes, length, at))
WRITE(writev, (int file, const struct iovec *parts, int count), (file, parts, count / 2), (file, parts, count))
CHANGE(fsync, int, (int file), (file), of_folder(file))
CHANGE(fdatasync, int, (int file), (file), of_folder(file))
CHANGE(sync_file_range, int, (int file, off64_t at, off64_t length, unsigned flags), (file, at, length, flags), of_folder(file))
CHANGE(ftruncate, int, (int file, off_t length), (file, length), of_folder(file))
CHANGE(ftruncate64, int, (int file, off64_t length), (file, length), of_folder(file))
CHANGE(fallocate, int, (int file, int how, off_t at, off_t length), (file, how, at, length), of_folder(file))
CHANGE(fallocate64, int, (int file, int how, off64_t at, off64_t length), (file, how, at, length), of_folder(file))
CHANGE(fchmod, int, (int file, mode_t rights), (file, rights), of_folder(file))
CHANGE(chmod, int, (const char *path, mode_t rights), (path, rights), below(path))
CHANGE(rename, int, (const char *from, const char *to), (from, to), below(from) || below(to))
CHANGE(renameat, int, (int at, const char *from, int onto, const char *to), (at, from, onto, to), below(from) || below(to))
CHANGE(link, int, (const char *from, const char *to), (from, to), below(to))
CHANGE(linkat, int, (int at, const char *from, int onto, const char *to, int flags), (at, from, onto, to, flags), below(to))
CHANGE(unlink, int, (const char *path), (path), below(path))
CHANGE(unlinkat, int, (int at, const char *path, int flags), (at, path, flags), below(path) || of_folder(at))
CHANGE(rmdir, int, (const char *path), (path), below(path))
CHANGE(mkdir, int, (const char *path, mode_t rights), (path, rights), below(path))

/* Opening changes something when it may make the file. */
static int opened(int (*real)(const char *, int, ...), const char *path, int flags, va_list more) {
  mode_t rights = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
  if (below(path)) {
    const char *name = path + folder_length;
    if (!strcmp(name, "/fault-arm")) {
      calls = 0;
      armed = 1;
    } else if (!strcmp(name, "/fault-disarm")) {
      armed = 0;
    } else if (!strcmp(name, "/fault-fired") && fired) {
      return real("/dev/null", O_RDONLY | O_CLOEXEC, 0);
    }
  }
  int fate = next(flags & (O_CREAT | O_TRUNC) && below(path));
  if (fate == 1 || fate == 3)
    return -1;
  int file = real(path, flags, rights);
  if (fate == 2)
    raise(SIGKILL);
  return file;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    static int (*real)(const char *, int, ...); \
    if (!real) \
      real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name); \
    va_list more; \
    va_start(more, flags); \
    int file = opened(real, path, flags, more); \
    va_end(more); \
    return file; \
  }

OPEN(open)
OPEN(open64)
