/* Crash points: named steps of the pipeline at which a test makes the process die. Compiled in only with
 * -DNUDGE_CRASH_POINTS (the test build); then the environment's NUDGE_CRASH="name:n" kills the process (SIGKILL to itself) at the
 * n-th passing of that point. */
#ifndef NUDGE_CRASH_H
#define NUDGE_CRASH_H

#ifdef NUDGE_CRASH_POINTS
void crash_point(const char *name);
#else
#define crash_point(name) ((void)0)
#endif

#endif
