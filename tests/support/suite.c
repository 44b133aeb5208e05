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

uint64_t suite_rounds(uint64_t n)
{
	const char *thin = getenv("PVHBOOT_TEST_THIN");
	uint64_t divisor = thin ? strtoull(thin, NULL, 10) : 1;

	return divisor > 1 ? (n + divisor - 1) / divisor : n;
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
