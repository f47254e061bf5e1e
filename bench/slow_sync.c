/* A disk that takes its time: each fsync and fdatasync waits SLOW_SYNC_US microseconds more.
 *
 * gcc -shared -fPIC -O2 -o slow_sync.so bench/slow_sync.c -ldl, then LD_PRELOAD=./slow_sync.so SLOW_SYNC_US=4000.
 * Virtual disks often acknowledge a sync at once; what filing costs beside a bare insert looks different on a real one.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void wait_more(void) {
    const char *said = getenv("SLOW_SYNC_US");
    if (said) usleep((useconds_t)atoi(said));
}

int fsync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    wait_more();
    return real(file);
}

int fdatasync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    wait_more();
    return real(file);
}
