/* SPDX-License-Identifier: MIT */
/*
 * What MemorySanitizer cannot know by itself: that a library which is built without it wrote
 * something, that what a test filled counts as not written all the same, and that nothing may
 * be missing in a result, used or not.
 */
#ifndef TESTS_SUPPORT_MSAN_H
#define TESTS_SUPPORT_MSAN_H

#ifdef __has_feature
#if __has_feature(memory_sanitizer)
#define WITH_MSAN
#endif
#endif

#ifdef WITH_MSAN
#include <sanitizer/msan_interface.h>
#define msan_written(at, size) __msan_unpoison(at, size)
#define msan_not_written(at, size) __msan_allocated_memory(at, size)
#define msan_must_be_written(at, size) __msan_check_mem_is_initialized(at, size)
#else
#define msan_written(at, size) ((void)(at), (void)(size))
#define msan_not_written(at, size) ((void)(at), (void)(size))
#define msan_must_be_written(at, size) ((void)(at), (void)(size))
#endif

#endif
