/* SPDX-License-Identifier: MIT */
#include "interrupt.h"

#include "report.h"

#include <errno.h>
#include <sys/time.h>

#define PERIOD 200000 /* microseconds */

static const int endings[] = { SIGHUP, SIGINT, SIGPIPE, SIGTERM };
#define N_ENDINGS (sizeof(endings) / sizeof(endings[0]))

/* A signal's handler has no argument of ours. */
static _Thread_local struct kvm_run *volatile interrupted;
static volatile sig_atomic_t ended_by;

/* KVM_RUN looks at immediate_exit when it starts, so a signal that comes just before
 * is not lost. Source: Linux Documentation/virt/kvm/api.rst, struct kvm_run. */
static void on_signal(int signal_number)
{
	if (signal_number != SIGALRM && signal_number != INTERRUPT_CALL)
		ended_by = signal_number;
	interrupted->immediate_exit = 1;
}

int interrupt_open(struct kvm_run *run)
{
	const struct itimerval period = { { 0, PERIOD }, { 0, PERIOD } };
	struct sigaction action = { .sa_handler = on_signal };

	interrupted = run;
	for (size_t i = 0; i < N_ENDINGS; i++)
		sigaction(endings[i], &action, NULL);
	/* these end KVM_RUN, which never restarts, but no write of the guest's output */
	action.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &action, NULL);
	sigaction(INTERRUPT_CALL, &action, NULL);
	if (setitimer(ITIMER_REAL, &period, NULL) != 0)
		return refuse_call(EXIT_REFUSED, "setitimer");
	return NO_EXIT;
}

void interrupt_close(void)
{
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = SIG_DFL };

	setitimer(ITIMER_REAL, &never, NULL);
	for (size_t i = 0; i < N_ENDINGS; i++)
		sigaction(endings[i], &action, NULL);
	action.sa_handler = SIG_IGN; /* one may be under way still */
	sigaction(SIGALRM, &action, NULL);
	sigaction(INTERRUPT_CALL, &action, NULL);
}

int interrupt_taken(struct kvm_run *run)
{
	run->immediate_exit = 0; /* first: what comes now is seen at the next start */
	return ended_by;
}

int interrupt_start(pthread_t *thread, void *(*run)(void *), void *argument)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(thread, NULL, run, argument);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return error == 0 ? NO_EXIT : refuse_call(EXIT_REFUSED, "pthread_create");
}

void interrupt_join(struct kvm_run *run)
{
	sigset_t call;

	interrupted = run;
	sigemptyset(&call);
	sigaddset(&call, INTERRUPT_CALL);
	pthread_sigmask(SIG_UNBLOCK, &call, NULL);
}
