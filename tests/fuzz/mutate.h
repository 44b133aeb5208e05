/* SPDX-License-Identifier: MIT */
/* Mutators that know a format. Linked with a fuzzer only, never with replay.c. */
#ifndef TESTS_FUZZ_MUTATE_H
#define TESTS_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* The target's: how many bytes stand in front of the file. */
extern const size_t fuzz_head_size;

/* libFuzzer's. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* Ours, which libFuzzer calls. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

#endif
