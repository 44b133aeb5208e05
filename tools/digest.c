/* SPDX-License-Identifier: MIT */
#include "digest.h"

#include "progress.h"

#include <pvhboot/cpu.h>

static void add_number(struct sha256 *hash, uint64_t number)
{
	uint8_t bytes[8];

	for (unsigned int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> 8 * i);
	sha256_add(hash, bytes, sizeof(bytes));
}

static void add_segment(struct sha256 *hash, const struct pvhboot_cpu_segment *segment)
{
	add_number(hash, segment->base);
	add_number(hash, segment->limit);
	add_number(hash, segment->selector);
	add_number(hash, segment->access);
}

static void add_registers(struct sha256 *hash, const struct pvhboot_cpu *cpu)
{
	const uint64_t numbers[] = { cpu->rip,    cpu->rbx,      cpu->rsi,       cpu->rsp,
				     cpu->rflags, cpu->cr0,      cpu->cr3,       cpu->cr4,
				     cpu->efer,   cpu->gdt_base, cpu->gdt_limit, cpu->is_64bit };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		add_number(hash, numbers[i]);
	add_segment(hash, &cpu->cs);
	add_segment(hash, &cpu->data);
	add_segment(hash, &cpu->tr);
}

/* So little at once that there is progress to be seen. */
#define PIECE ((size_t)1 << 20)

static void add_bytes(struct sha256 *hash, struct pvhboot_bytes bytes)
{
	while (bytes.size > 0) {
		const size_t n = bytes.size < PIECE ? bytes.size : PIECE;

		sha256_add(hash, bytes.data, n);
		progress_add(n);
		bytes.data += n;
		bytes.size -= n;
	}
}

static void add_place(struct sha256 *hash, const struct pvhboot_place *place)
{
	static const uint8_t zeros[4096];
	uint64_t rest = place->size - place->source.size;

	add_number(hash, place->gpa);
	add_number(hash, place->size);
	add_bytes(hash, place->source);
	while (rest > 0) {
		const size_t n = rest < sizeof(zeros) ? (size_t)rest : sizeof(zeros);

		sha256_add(hash, zeros, n);
		progress_add(n);
		rest -= n;
	}
}

void digest_plan(const struct pvhboot_plan *plan, uint8_t out[SHA256_SIZE])
{
	static const char form[] = "pvhboot digest 1";
	struct pvhboot_cpu cpu;
	struct sha256 hash;

	sha256_start(&hash);
	sha256_add(&hash, form, sizeof(form) - 1);
	pvhboot_plan_cpu(plan, &cpu);
	add_registers(&hash, &cpu);
	add_number(&hash, plan->n_places);
	for (size_t i = 0; i < plan->n_places; i++)
		add_place(&hash, &plan->places[i]);
	sha256_end(&hash, out);
}
