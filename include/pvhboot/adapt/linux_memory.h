/* SPDX-License-Identifier: MIT */
/*
 * Guest memory for virtual machine monitors on Linux: RAM from 0, with the hole below 4 GiB where a
 * PC has its devices, and RAM above it. Only inline functions; the library itself maps nothing and
 * starts no thread. Needs _GNU_SOURCE (memfd_create). Link with -pthread.
 *
 *	struct pvhboot_linux_memory ram;
 *	struct pvhboot_map_entry map[PVHBOOT_LINUX_MEMORY_MAX_MAP];
 *	int error = pvhboot_linux_memory_open(&ram, (uint64_t)512 << 20, 0, 0);
 *	const struct pvhboot_memory memory = pvhboot_linux_memory_access(&ram);
 *
 *	request.map = map;
 *	request.n_map = pvhboot_linux_memory_describe(&ram, map);
 *	status = pvhboot_boot(file, &request, NULL, &memory, &cpu, &diag);
 *	...                                           run the guest
 *	pvhboot_linux_memory_close(&ram);
 *
 * For KVM that is one region of ram.below bytes at gpa 0 from ram.host, and, where ram.above is not
 * 0, one of ram.above bytes at 4 GiB from ram.host + ram.below.
 *
 * Why not a plain mmap(): most of the time that an LZ4 kernel takes goes into page faults. With
 * huge pages there is one fault where there were 512. What these pages do not take away,
 * PVHBOOT_LINUX_MEMORY_POPULATE and _AHEAD do: see there. The README has figures.
 *
 * Threads: one object is used by one thread at a time. pvhboot_linux_memory_at() and _describe()
 * only read it, so they may run side by side. What lies in the guest's RAM is the caller's affair.
 *
 * Source: madvise(2), MADV_HUGEPAGE and MADV_POPULATE_WRITE; mmap(2), MAP_HUGETLB;
 * memfd_create(2); Linux Documentation/admin-guide/mm/transhuge.rst and hugetlbpage.rst.
 */
#ifndef PVHBOOT_ADAPT_LINUX_MEMORY_H
#define PVHBOOT_ADAPT_LINUX_MEMORY_H

#include "../memory.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_CLOEXEC
#error "adapt/linux_memory.h: define _GNU_SOURCE before the first header"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Where the hole starts unless another address is given, and where it always ends: gpas. */
#define PVHBOOT_LINUX_MEMORY_HOLE ((uint64_t)3 << 30)
#define PVHBOOT_LINUX_MEMORY_ABOVE ((uint64_t)4 << 30)

/* The most entries that pvhboot_linux_memory_describe() writes. */
#define PVHBOOT_LINUX_MEMORY_MAX_MAP 3

/* Bytes of a page and of a huge page: on x86, as the guests. */
#define PVHBOOT_LINUX_MEMORY_PAGE ((uint64_t)4 << 10)
#define PVHBOOT_LINUX_MEMORY_HUGE ((uint64_t)2 << 20)

/*
 * In flags of pvhboot_linux_memory_open(). With none of them memory is anonymous. It has huge pages
 * where the system gives them without being set up for it (transparent huge pages), else small
 * ones. Pages come when they are first written.
 */

/* A file without a name (memfd), mapped as shared, is the memory: for other processes, such as
 * those of vhost-user, and for pvhboot_linux_memory_clone(). Few systems give transparent huge
 * pages to such files (/sys/kernel/mm/transparent_hugepage/shmem_enabled). */
#define PVHBOOT_LINUX_MEMORY_MEMFD 1u

/* No huge pages: for hosts with many small guests, of which each touches little. */
#define PVHBOOT_LINUX_MEMORY_SMALL_PAGES 2u

/* Huge pages of 2 MiB that the administrator has reserved (/proc/sys/vm/nr_hugepages), and no
 * others. Fails where there are not enough. Not with SMALL_PAGES. */
#define PVHBOOT_LINUX_MEMORY_HUGETLB 4u

/*
 * The pages of a large range come when the library asks for the range: by one call of the system,
 * and not by a fault for each. A range is large from 2 MiB on.
 * - It is a hint. Linux before 5.14 does not have the call. Then pages come when they are first
 *   written.
 * - Memory that a kernel only clears later (bss) is taken at once.
 */
#define PVHBOOT_LINUX_MEMORY_POPULATE 8u

/*
 * The same by a thread, which runs ahead of the decoder while this one works.
 * - It gains where a second processor is idle, with huge pages too.
 * - The thread is started by map, and has ended when unmap or pvhboot_linux_memory_close() returns.
 *   Where it cannot be started, pages come when they are first written.
 * - Not with POPULATE.
 */
#define PVHBOOT_LINUX_MEMORY_AHEAD 16u

/* What an object keeps for itself: not for callers. */
struct pvhboot_linux_memory_own {
	void *reserved;                 /* of the host's address space; the RAM lies in it */
	size_t reserved_size;           /* bytes */
	struct pvhboot_range populated; /* what pages were last made for: gpas */
	uint8_t *next;                  /* of the thread: where it goes on, and where it ends */
	uint8_t *end;
	pthread_t thread;
	pthread_mutex_t mutex; /* for stop */
	int stop;              /* the thread is to end */
	int has_thread;        /* thread and mutex mean something */
	int is_zeroed;         /* 1 unless it is a clone */
	uint32_t flags;        /* PVHBOOT_LINUX_MEMORY_* */
};

/* A guest's RAM. Its members are to be read only. Its place in memory may not change while a struct
 * pvhboot_memory of it is used. All zero is what is not open. */
struct pvhboot_linux_memory {
	uint8_t *host;  /* gpa 0, at a multiple of 2 MiB, or a clone's at one of 4 KiB. NULL: it is
	                   not open */
	uint64_t below; /* bytes of RAM from gpa 0: the hole starts behind them */
	uint64_t above; /* bytes of RAM from 4 GiB, which lie at host + below. 0: there is none */
	int fd;         /* of the file that the RAM is, from its offset 0 on. -1: there is none */
	struct pvhboot_linux_memory_own own;
};

/* Reserves room for size bytes that start at a multiple of 2 MiB: only then is a huge page of the
 * guest one of the host's. What is left of the room is not accessible, at least a page on either
 * side, so that a step out of the RAM is a fault. Returns 0 or an errno. */
static inline int pvhboot_linux_memory_reserve(struct pvhboot_linux_memory *memory, size_t size)
{
	const size_t huge = (size_t)PVHBOOT_LINUX_MEMORY_HUGE;
	const size_t room = size + huge + (size_t)PVHBOOT_LINUX_MEMORY_PAGE;
	void *reserved =
		mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (reserved == MAP_FAILED)
		return errno;
	memory->own.reserved = reserved;
	memory->own.reserved_size = room;
	memory->host = (uint8_t *)reserved + (huge - (uintptr_t)reserved % huge);
	return 0;
}

/* The size of huge pages is given, as it is given to MAP_HUGETLB below, because a system's default
 * can be 1 GiB: its logarithm from bit 26 on. */
#define PVHBOOT_LINUX_MEMORY_HUGE_BITS (21 << 26)

static inline int pvhboot_linux_memory_make_file(struct pvhboot_linux_memory *memory, size_t size)
{
	unsigned int flags = MFD_CLOEXEC;

	if ((memory->own.flags & PVHBOOT_LINUX_MEMORY_HUGETLB) != 0)
		flags |= MFD_HUGETLB | (unsigned int)PVHBOOT_LINUX_MEMORY_HUGE_BITS;
	memory->fd = memfd_create("guest", flags);
	if (memory->fd < 0 || ftruncate(memory->fd, (off_t)size) != 0)
		return errno;
	return 0;
}

/* Puts memory where it was reserved. Huge pages that are reserved are claimed now, so that they are
 * lacking here, and not while the guest runs. */
static inline int pvhboot_linux_memory_fill(struct pvhboot_linux_memory *memory, size_t size)
{
	const uint32_t flags = memory->own.flags;
	int how = MAP_FIXED | (memory->fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS);

	if ((flags & PVHBOOT_LINUX_MEMORY_HUGETLB) == 0)
		how |= MAP_NORESERVE;
	else if (memory->fd < 0)
		how |= MAP_HUGETLB | PVHBOOT_LINUX_MEMORY_HUGE_BITS;
	if (mmap(memory->host, size, PROT_READ | PROT_WRITE, how, memory->fd, 0) == MAP_FAILED)
		return errno;
	/* refused by a kernel that has no transparent huge pages, which changes nothing */
	if ((flags & PVHBOOT_LINUX_MEMORY_HUGETLB) == 0)
		(void)madvise(memory->host, size,
			      (flags & PVHBOOT_LINUX_MEMORY_SMALL_PAGES) != 0 ? MADV_NOHUGEPAGE :
										MADV_HUGEPAGE);
	return 0;
}

static inline int pvhboot_linux_memory_is_sound(uint64_t size, uint64_t hole_start, uint32_t flags)
{
	const uint32_t known = PVHBOOT_LINUX_MEMORY_MEMFD | PVHBOOT_LINUX_MEMORY_SMALL_PAGES |
			       PVHBOOT_LINUX_MEMORY_HUGETLB | PVHBOOT_LINUX_MEMORY_POPULATE |
			       PVHBOOT_LINUX_MEMORY_AHEAD;
	const uint32_t sizes = PVHBOOT_LINUX_MEMORY_SMALL_PAGES | PVHBOOT_LINUX_MEMORY_HUGETLB;
	const uint32_t ways = PVHBOOT_LINUX_MEMORY_POPULATE | PVHBOOT_LINUX_MEMORY_AHEAD;
	const uint64_t unit = (flags & PVHBOOT_LINUX_MEMORY_HUGETLB) != 0 ?
				      PVHBOOT_LINUX_MEMORY_HUGE :
				      PVHBOOT_LINUX_MEMORY_PAGE;

	return (flags & ~known) == 0 && (flags & sizes) != sizes && (flags & ways) != ways &&
	       size != 0 && size % unit == 0 && hole_start < PVHBOOT_LINUX_MEMORY_ABOVE &&
	       hole_start % PVHBOOT_LINUX_MEMORY_HUGE == 0;
}

/* Ends the thread, if there is one. */
static inline void pvhboot_linux_memory_stop(struct pvhboot_linux_memory *memory)
{
	struct pvhboot_linux_memory_own *own = &memory->own;

	if (!own->has_thread)
		return;
	(void)pthread_mutex_lock(&own->mutex);
	own->stop = 1;
	(void)pthread_mutex_unlock(&own->mutex);
	(void)pthread_join(own->thread, NULL);
	(void)pthread_mutex_destroy(&own->mutex);
	own->has_thread = 0;
}

/*
 * Gives the RAM back, and makes the object all zero. Takes one that is all zero. What uses the RAM
 * must have ended: the guest, and by pvhboot_prepared_release() a boot that was prepared in it.
 * Clones stay.
 */
static inline void pvhboot_linux_memory_close(struct pvhboot_linux_memory *memory)
{
	if (memory->own.reserved != NULL) {
		pvhboot_linux_memory_stop(memory);
		(void)munmap(memory->own.reserved, memory->own.reserved_size);
		if (memory->fd >= 0)
			(void)close(memory->fd);
	}
	memset(memory, 0, sizeof(*memory));
}

/*
 * Opens RAM, which is zero.
 * - size counts bytes: a multiple of 4 KiB, or of 2 MiB with HUGETLB.
 * - hole_start is a gpa, a multiple of 2 MiB below 4 GiB, such as 0xc0000000 or 0xd0000000. 0
 *   stands for 3 GiB. RAM that does not fit below it lies from 4 GiB on.
 * - flags are PVHBOOT_LINUX_MEMORY_*.
 *
 * Returns 0, or a number of <errno.h>, and then the object is all zero:
 * EINVAL  a rule above is broken, or the kernel knows no HUGETLB
 * ENOMEM  - the address space, or what of it this process may have (RLIMIT_AS), is too small
 *         - there are too few huge pages for HUGETLB
 *         - the process has too many mappings (/proc/sys/vm/max_map_count)
 * EMFILE, ENFILE  with MEMFD: there are too many open files
 * EFBIG   with MEMFD: larger than files may be (RLIMIT_FSIZE), where SIGXFSZ is ignored
 * ENOSYS  with MEMFD: Linux before 3.17
 * That the host has too little memory is no error here: as with any memory that is taken when it is
 * written, Linux ends a process then.
 */
static inline int pvhboot_linux_memory_open(struct pvhboot_linux_memory *memory, uint64_t size,
					    uint64_t hole_start, uint32_t flags)
{
	const uint64_t most =
		(uint64_t)PTRDIFF_MAX - PVHBOOT_LINUX_MEMORY_HUGE - PVHBOOT_LINUX_MEMORY_PAGE;
	const uint64_t hole = hole_start != 0 ? hole_start : PVHBOOT_LINUX_MEMORY_HOLE;
	int error;

	memset(memory, 0, sizeof(*memory));
	if (!pvhboot_linux_memory_is_sound(size, hole_start, flags))
		return EINVAL;
	if (size > most)
		return ENOMEM;
	memory->fd = -1;
	memory->own.is_zeroed = 1;
	memory->own.flags = flags;
	memory->below = size < hole ? size : hole;
	memory->above = size - memory->below;
	error = pvhboot_linux_memory_reserve(memory, (size_t)size);
	if (error == 0 && (flags & PVHBOOT_LINUX_MEMORY_MEMFD) != 0)
		error = pvhboot_linux_memory_make_file(memory, (size_t)size);
	if (error == 0)
		error = pvhboot_linux_memory_fill(memory, (size_t)size);
	if (error != 0)
		pvhboot_linux_memory_close(memory);
	return error;
}

/*
 * Opens RAM that holds what from does, for a guest of its own. They share all pages but those that
 * the clone has written. What is written to from later may be seen in the others. So fill from,
 * make clones, and leave it alone.
 * - Its pages are small, and it has no file (fd is -1).
 * - from may be closed while clones of it are open.
 *
 * Returns 0, or a number of <errno.h>, and then *to is all zero:
 * EINVAL  from is not of PVHBOOT_LINUX_MEMORY_MEMFD, or it is of HUGETLB
 * ENOMEM  as pvhboot_linux_memory_open()
 */
static inline int pvhboot_linux_memory_clone(const struct pvhboot_linux_memory *from,
					     struct pvhboot_linux_memory *to)
{
	const size_t size = (size_t)(from->below + from->above);
	void *host;

	memset(to, 0, sizeof(*to));
	if (from->host == NULL || from->fd < 0 ||
	    (from->own.flags & PVHBOOT_LINUX_MEMORY_HUGETLB) != 0)
		return EINVAL;
	host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, from->fd, 0);
	if (host == MAP_FAILED)
		return errno;
	to->host = (uint8_t *)host;
	to->below = from->below;
	to->above = from->above;
	to->fd = -1;
	to->own.reserved = host;
	to->own.reserved_size = size;
	return 0;
}

static inline struct pvhboot_map_entry pvhboot_linux_memory_ram(uint64_t start, uint64_t end)
{
	struct pvhboot_map_entry entry;

	memset(&entry, 0, sizeof(entry));
	entry.gpa = start;
	entry.size = end - start;
	entry.type = PVHBOOT_MAP_RAM;
	return entry;
}

/*
 * The map for a request: RAM as a PC has it. Returns how many entries were written, in ascending
 * order. From 640 KiB to 1 MiB a PC has video memory and ROMs. There is RAM in their place, which
 * the map does not name: a guest that looks for ROMs finds what the caller put there, or zeros.
 */
static inline size_t
pvhboot_linux_memory_describe(const struct pvhboot_linux_memory *memory,
			      struct pvhboot_map_entry map[PVHBOOT_LINUX_MEMORY_MAX_MAP])
{
	const uint64_t low_end = (uint64_t)640 << 10;
	const uint64_t high_start = (uint64_t)1 << 20;
	const uint64_t below = memory->below;
	size_t n = 0;

	if (below > 0)
		map[n++] = pvhboot_linux_memory_ram(0, below < low_end ? below : low_end);
	if (below > high_start)
		map[n++] = pvhboot_linux_memory_ram(high_start, below);
	if (memory->above > 0)
		map[n++] = pvhboot_linux_memory_ram(PVHBOOT_LINUX_MEMORY_ABOVE,
						    PVHBOOT_LINUX_MEMORY_ABOVE + memory->above);
	return n;
}

/* The host's pointer to size bytes of RAM at gpa. NULL where one of them is no RAM, or size is 0.
 * Good until the memory is closed. */
static inline uint8_t *pvhboot_linux_memory_at(const struct pvhboot_linux_memory *memory,
					       uint64_t gpa, uint64_t size)
{
	/* below 4 GiB it wraps, far behind the end */
	const uint64_t above = gpa - PVHBOOT_LINUX_MEMORY_ABOVE;

	if (size == 0)
		return NULL;
	if (gpa < memory->below && size <= memory->below - gpa)
		return memory->host + gpa;
	if (above < memory->above && size <= memory->above - above)
		return memory->host + memory->below + above;
	return NULL;
}

/* The next piece for the thread, which ends where its pages would: at a multiple of 2 MiB. 0: there
 * is none, or it is to stop. */
static inline size_t pvhboot_linux_memory_next(struct pvhboot_linux_memory_own *own)
{
	const size_t huge = (size_t)PVHBOOT_LINUX_MEMORY_HUGE;
	const size_t piece = huge - (uintptr_t)own->next % huge;
	const size_t left = (size_t)(own->end - own->next);
	int stop;

	(void)pthread_mutex_lock(&own->mutex);
	stop = own->stop;
	(void)pthread_mutex_unlock(&own->mutex);
	if (stop)
		return 0;
	return piece < left ? piece : left;
}

/* Makes the pages of a range without changing what is in them. The value is the kernel's, for
 * headers that are older. */
static inline int pvhboot_linux_memory_populate(uint8_t *start, size_t size)
{
#ifdef MADV_POPULATE_WRITE
	return madvise(start, size, MADV_POPULATE_WRITE);
#else
	return madvise(start, size, 23);
#endif
}

static inline void *pvhboot_linux_memory_work(void *arg)
{
	struct pvhboot_linux_memory_own *own = (struct pvhboot_linux_memory_own *)arg;
	size_t size;

	for (size = pvhboot_linux_memory_next(own); size > 0;
	     size = pvhboot_linux_memory_next(own)) {
		if (pvhboot_linux_memory_populate(own->next, size) != 0)
			break;
		own->next += size;
	}
	return NULL;
}

static inline void pvhboot_linux_memory_start(struct pvhboot_linux_memory *memory, uint8_t *start,
					      size_t size)
{
	struct pvhboot_linux_memory_own *own = &memory->own;

	pvhboot_linux_memory_stop(memory);
	own->next = start;
	own->end = start + size;
	own->stop = 0;
	if (pthread_mutex_init(&own->mutex, NULL) != 0)
		return;
	if (pthread_create(&own->thread, NULL, pvhboot_linux_memory_work, own) == 0)
		own->has_thread = 1;
	else
		(void)pthread_mutex_destroy(&own->mutex);
}

/* Sees to the pages of a range of RAM, in the way that was asked for. A commit asks for the window
 * of a kernel first, and then for runs in it: their pages are there. */
static inline void pvhboot_linux_memory_prefault(struct pvhboot_linux_memory *memory, uint64_t gpa,
						 uint64_t size)
{
	const uint64_t page = PVHBOOT_LINUX_MEMORY_PAGE;
	struct pvhboot_range *populated = &memory->own.populated;
	uint64_t start = gpa - gpa % page;
	const uint64_t end = (gpa + size + page - 1) / page * page;
	uint8_t *host;

	if (start >= populated->start && start < populated->end)
		start = populated->end < end ? populated->end : end;
	if (end - start < PVHBOOT_LINUX_MEMORY_HUGE)
		return;
	host = pvhboot_linux_memory_at(memory, start, end - start);
	if ((memory->own.flags & PVHBOOT_LINUX_MEMORY_AHEAD) != 0)
		pvhboot_linux_memory_start(memory, host, (size_t)(end - start));
	else
		(void)pvhboot_linux_memory_populate(host, (size_t)(end - start));
	populated->start = start;
	populated->end = end;
}

/* The callbacks of struct pvhboot_memory; ctx is the struct pvhboot_linux_memory. Those that return
 * a number return EFAULT where a byte of the range is no RAM. */

static inline void *pvhboot_linux_memory_map(void *ctx, uint64_t gpa, uint64_t size)
{
	struct pvhboot_linux_memory *memory = (struct pvhboot_linux_memory *)ctx;
	const uint32_t ways = PVHBOOT_LINUX_MEMORY_POPULATE | PVHBOOT_LINUX_MEMORY_AHEAD;
	uint8_t *host = pvhboot_linux_memory_at(memory, gpa, size);

	if (host != NULL && (memory->own.flags & ways) != 0)
		pvhboot_linux_memory_prefault(memory, gpa, size);
	return host;
}

static inline void pvhboot_linux_memory_unmap(void *ctx, void *host, uint64_t gpa, uint64_t size)
{
	(void)host, (void)gpa, (void)size;
	pvhboot_linux_memory_stop((struct pvhboot_linux_memory *)ctx);
}

static inline int pvhboot_linux_memory_write(void *ctx, uint64_t gpa, const void *bytes,
					     size_t size)
{
	uint8_t *host =
		pvhboot_linux_memory_at((const struct pvhboot_linux_memory *)ctx, gpa, size);

	if (host == NULL)
		return EFAULT;
	memcpy(host, bytes, size);
	return 0;
}

static inline int pvhboot_linux_memory_zero(void *ctx, uint64_t gpa, uint64_t size)
{
	uint8_t *host =
		pvhboot_linux_memory_at((const struct pvhboot_linux_memory *)ctx, gpa, size);

	if (host == NULL)
		return EFAULT;
	memset(host, 0, (size_t)size);
	return 0;
}

static inline int pvhboot_linux_memory_read(void *ctx, uint64_t gpa, void *bytes, size_t size)
{
	const uint8_t *host =
		pvhboot_linux_memory_at((const struct pvhboot_linux_memory *)ctx, gpa, size);

	if (host == NULL)
		return EFAULT;
	memcpy(bytes, host, size);
	return 0;
}

/*
 * The library's way to the RAM: all callbacks. It borrows the object, which must be open, and stay
 * open and where it is, as long as it is used. It is PVHBOOT_MEMORY_ZEROED unless the RAM is a
 * clone. Before a guest that has run is loaded again, take that out of its flags.
 */
static inline struct pvhboot_memory pvhboot_linux_memory_access(struct pvhboot_linux_memory *memory)
{
	struct pvhboot_memory access;

	memset(&access, 0, sizeof(access));
	access.ctx = memory;
	access.map = pvhboot_linux_memory_map;
	access.unmap = pvhboot_linux_memory_unmap;
	access.write = pvhboot_linux_memory_write;
	access.zero = pvhboot_linux_memory_zero;
	access.read = pvhboot_linux_memory_read;
	access.flags = memory->own.is_zeroed ? PVHBOOT_MEMORY_ZEROED : 0;
	return access;
}

#ifdef __cplusplus
}
#endif

#endif
