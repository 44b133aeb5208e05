/* SPDX-License-Identifier: MIT */

#include "report.h"

#include "crash.h"
#include "serial.h"

void report_begin(void)
{
	serial_text("chainload: ");
}

void report_end(void)
{
	serial_text("\r\n");
}

void report_begin_error(void)
{
	report_begin();
	serial_text("error: ");
}

void report_halt(void)
{
	report_end();
	serial_drain();
	crash();
}

void fail(const char *text)
{
	report_begin_error();
	serial_text(text);
	report_halt();
}

static _Noreturn void end_rule(const char *rule, uint64_t found, uint64_t bound)
{
	serial_text(": ");
	serial_text(rule);
	serial_text(" (found ");
	serial_hex(found);
	serial_text(", bound ");
	serial_hex(bound);
	serial_text(")");
	report_halt();
}

void fail_rule(const char *what, const char *rule, uint64_t found, uint64_t bound)
{
	report_begin_error();
	serial_text(what);
	end_rule(rule, found, bound);
}

void fail_rule_at(const char *what, uint64_t index, const char *rule, uint64_t found,
		  uint64_t bound)
{
	report_begin_error();
	serial_text(what);
	serial_text(" ");
	serial_decimal(index);
	end_rule(rule, found, bound);
}
