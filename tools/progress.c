/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

#define TICK 500000 /* microseconds. What is done before the first one shows nothing */
#define TICKS_PER_SECOND 2u
#define WIDTH 60

static int is_forbidden, has_timer;
static size_t width = WIDTH; /* of the terminal, at most WIDTH */
static uint64_t done, total;

/* For the handler. percent is -1 where nobody knows. */
static const char *volatile stage;
static volatile sig_atomic_t is_on, is_shown, percent, ticks;

static size_t put_text(char line[WIDTH], size_t at, const char *text)
{
	while (*text && at < WIDTH)
		line[at++] = *text++;
	return at;
}

static size_t put_number(char line[WIDTH], size_t at, unsigned int number)
{
	char digits[12];
	size_t i = sizeof(digits) - 1;

	digits[i] = '\0';
	do {
		digits[--i] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return put_text(line, at, digits + i);
}

/* Leaves the cursor where the line begins, so that whatever is written next is not behind it. */
static void put_line(const char line[WIDTH])
{
	char out[WIDTH + 2];
	ssize_t ignored;

	out[0] = out[width + 1] = '\r';
	memcpy(out + 1, line, width);
	ignored = write(STDERR_FILENO, out, width + 2);
	(void)ignored; /* there is nobody to tell */
}

static void on_tick(int number)
{
	const int before = errno;
	char line[WIDTH];
	size_t at;

	(void)number;
	ticks++;
	if (is_on) {
		memset(line, ' ', sizeof(line));
		at = put_text(line, 0, "pvhboot: ");
		at = put_text(line, at, stage);
		if (percent >= 0) {
			at = put_text(line, at, " ");
			at = put_number(line, at, (unsigned int)percent);
			at = put_text(line, at, " %");
		}
		at = put_text(line, at, ", ");
		at = put_number(line, at, (unsigned int)ticks / TICKS_PER_SECOND);
		put_text(line, at, " s");
		is_shown = 1;
		put_line(line);
	}
	errno = before;
}

void progress_forbid(void)
{
	is_forbidden = 1;
}

void progress_start(const char *what)
{
	const struct sigaction action = { .sa_handler = on_tick, .sa_flags = SA_RESTART };
	const struct itimerval every = { { 0, TICK }, { 0, TICK } };
	struct winsize size;

	if (is_forbidden || !isatty(STDERR_FILENO))
		return;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_col < WIDTH)
		width = size.ws_col;
	has_timer =
		sigaction(SIGALRM, &action, NULL) == 0 && setitimer(ITIMER_REAL, &every, NULL) == 0;
	progress_stage(what, 0);
}

void progress_stage(const char *what, uint64_t bytes)
{
	if (!has_timer)
		return;
	done = 0;
	total = bytes;
	percent = bytes ? 0 : -1;
	stage = what;
	is_on = 1;
}

void progress_add(uint64_t bytes)
{
	done += bytes;
	if (total > 0) /* which is no more than 2^57 */
		percent = (sig_atomic_t)(done < total ? done * 100 / total : 100);
}

void progress_end(void)
{
	char line[WIDTH];

	is_on = 0;
	if (!is_shown)
		return;
	is_shown = 0;
	memset(line, ' ', sizeof(line));
	put_line(line);
}
