/* SPDX-License-Identifier: MIT */
/*
 * Threads for the decoders that can use them (LZ4's legacy frame: independent
 * blocks of 8 MiB), with POSIX threads. Only inline functions; the library itself
 * starts no thread. Link with -pthread.
 *
 *	struct pvhboot_threads threads = { .n_threads = 2 };
 *	struct pvhboot_parallel parallel = pvhboot_threads_parallel(&threads);
 *	struct pvhboot_options options = { .parallel = &parallel };
 *
 * Threads are started by each run and have ended when it returns. The calling
 * thread is one of them, so where no other can be created it does all the work.
 */
#ifndef PVHBOOT_ADAPT_PTHREAD_H
#define PVHBOOT_ADAPT_PTHREAD_H

#include "../codec.h"

#include <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif

/* No run has more threads: a kernel of 1 GiB has 128 blocks. */
#define PVHBOOT_MAX_THREADS 64

/* Must stay as long as the struct pvhboot_parallel is used. */
struct pvhboot_threads {
	unsigned int n_threads; /* the calling one included; 0 is the same as 1 */
};

/* One run, shared by its threads. A mutex, since C99 has no atomic counter; it is
 * taken once for each piece of work. */
struct pvhboot_threads_job {
	pthread_mutex_t mutex;
	size_t next;
	size_t n;
	void (*work)(void *arg, size_t i);
	void *arg;
};

/* The number of a piece that nobody has begun; job->n: there is none left. */
static inline size_t pvhboot_threads_take(struct pvhboot_threads_job *job)
{
	size_t i;

	(void)pthread_mutex_lock(&job->mutex);
	i = job->next;
	if (i < job->n)
		job->next++;
	(void)pthread_mutex_unlock(&job->mutex);
	return i;
}

static inline void *pvhboot_threads_work(void *arg)
{
	struct pvhboot_threads_job *job = (struct pvhboot_threads_job *)arg;
	size_t i;

	for (i = pvhboot_threads_take(job); i < job->n; i = pvhboot_threads_take(job))
		job->work(job->arg, i);
	return NULL;
}

/* As struct pvhboot_parallel wants it. Refuses only where there is no mutex. */
static inline int pvhboot_threads_run(void *ctx, size_t n, void (*work)(void *arg, size_t i),
				      void *arg)
{
	const struct pvhboot_threads *threads = (const struct pvhboot_threads *)ctx;
	struct pvhboot_threads_job job;
	pthread_t others[PVHBOOT_MAX_THREADS - 1];
	size_t n_others = 0;

	job.next = 0;
	job.n = n;
	job.work = work;
	job.arg = arg;
	if (pthread_mutex_init(&job.mutex, NULL) != 0)
		return -1;
	while (n_others + 1 < threads->n_threads && n_others + 1 < n &&
	       n_others < PVHBOOT_MAX_THREADS - 1 &&
	       pthread_create(&others[n_others], NULL, pvhboot_threads_work, &job) == 0)
		n_others++;
	(void)pvhboot_threads_work(&job);
	while (n_others > 0)
		(void)pthread_join(others[--n_others], NULL);
	(void)pthread_mutex_destroy(&job.mutex);
	return 0;
}

static inline struct pvhboot_parallel pvhboot_threads_parallel(struct pvhboot_threads *threads)
{
	struct pvhboot_parallel parallel;

	parallel.ctx = threads;
	parallel.run = pvhboot_threads_run;
	parallel.reserved = 0;
	return parallel;
}

#ifdef __cplusplus
}
#endif

#endif
