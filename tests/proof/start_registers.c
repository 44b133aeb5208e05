/* SPDX-License-Identifier: MIT */
/* Proves: lib/start/check/registers.c */

#include "checking.h"
#include "entry.h"

#include "../../lib/start/check/registers.c"

/*@ assigns \nothing; */
static struct pvhb_at at_registers(void);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void error(struct pvhb_start_checking *c, uint64_t found, uint64_t wanted, const char *rule);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_bits(struct pvhb_start_checking *c, uint64_t found, uint64_t mask,
		       uint64_t wanted, const char *rule);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_32_bits(struct pvhb_start_checking *c, uint64_t found, const char *rule);

/*@ requires checking(c) && \valid_read(segment) && \valid_read(wanted) && \valid_read(rules);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_segment(struct pvhb_start_checking *c, struct pvhb_at at,
			  const struct pvhboot_cpu_segment *segment,
			  const struct pvhboot_cpu_segment *wanted,
			  const struct segment_rules *rules);

/*@ requires checking(c) && \valid_read(cpu) && \valid_read(wanted);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_flags(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
			const struct pvhboot_cpu *wanted);

/*@ assigns \nothing; */
static struct pvhboot_cpu_segment decode(uint64_t descriptor);

/*@ requires checking(c) && room(c, 1) && \valid_read(cpu) && \valid_read(wanted);
    requires \valid_read(cs) && \valid_read(data);
    assigns FINDINGS(c), EXTENTS(c);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 1; */
static void check_gdt(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
		      const struct pvhboot_cpu *wanted, const struct segment_rules *cs,
		      const struct segment_rules *data);

/*@ assigns \nothing; */
static struct pvhboot_cpu wanted_at(uint32_t entry_kind);

/*@ requires checking(c) && \valid_read(cpu);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_addresses(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu);

/*@ requires checking(c) && \valid_read(cpu) && \valid_read(wanted);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_mode(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
		       const struct pvhboot_cpu *wanted);

/*@ requires checking(c) && \valid_read(cpu) && \valid_read(wanted);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_segments(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
			   const struct pvhboot_cpu *wanted);

/*@ requires checking(c) && \valid_read(cpu) && \valid_read(wanted);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_mode_64(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
			  const struct pvhboot_cpu *wanted);

/*@ requires checking(c) && \valid_read(cpu) && \valid_read(wanted);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_mode_32(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
			  const struct pvhboot_cpu *wanted);

/*@ requires checking(c) && \valid_read(cpu);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_addresses_32(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu);

/*@ requires checking(c) && \valid_read(cpu) && \valid_read(wanted);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_linux_mode(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
			     const struct pvhboot_cpu *wanted);

/*@ requires checking(c) && \valid_read(cpu) && \valid_read(wanted);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_selectors(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
			    const struct pvhboot_cpu *wanted);

/*@ requires checking(c) && room(c, 1) && \valid_read(cpu) && \valid_read(wanted);
    assigns FINDINGS(c), EXTENTS(c);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 1; */
static void check_linux_segments(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
				 const struct pvhboot_cpu *wanted);
