/* SPDX-License-Identifier: MIT */
#include "suite.h"

#include <stdlib.h>

TCase *suite_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 0);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static uint64_t thinned_by(void)
{
	const char *thin = getenv("PVHBOOT_TEST_THIN");

	return thin ? strtoull(thin, NULL, 10) : 1;
}

uint64_t suite_rounds(uint64_t n)
{
	uint64_t divisor = thinned_by();

	return divisor > 1 ? (n + divisor - 1) / divisor : n;
}

uint64_t suite_step(uint64_t n)
{
	uint64_t factor = thinned_by() / 2;

	return factor > 1 ? (n * factor) | 1 : n;
}

int suite_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int n_failed;

	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed ? 1 : 0;
}
