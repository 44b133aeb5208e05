/* SPDX-License-Identifier: MIT */
#include "terminal.h"

#include "interrupt.h"
#include "report.h"

#include <unistd.h>

/* Reading is the one place where the thread may be cancelled: it holds nothing. */
static void *read_input(void *argument)
{
	struct serial *serial = argument;
	uint8_t bytes[64];
	ssize_t n;
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	do {
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
		n = read(STDIN_FILENO, bytes, sizeof(bytes));
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
		if (n > 0)
			serial_receive(serial, bytes, (size_t)n);
	} while (n > 0);
	return NULL;
}

int terminal_open(struct terminal *terminal, struct serial *serial)
{
	struct termios keys;

	*terminal = (struct terminal){ .serial = serial };
	if (interrupt_start(&terminal->reader, read_input, serial) != NO_EXIT)
		return EXIT_REFUSED;
	if (tcgetattr(STDIN_FILENO, &terminal->saved) != 0)
		return NO_EXIT; /* no terminal */
	keys = terminal->saved;
	keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	keys.c_iflag &= ~(tcflag_t)ICRNL;
	keys.c_cc[VMIN] = 1;
	keys.c_cc[VTIME] = 0;
	keys.c_cc[VSUSP] = _POSIX_VDISABLE;
	terminal->changed = tcsetattr(STDIN_FILENO, TCSANOW, &keys) == 0;
	return NO_EXIT;
}

void terminal_close(struct terminal *terminal)
{
	if (terminal->changed)
		tcsetattr(STDIN_FILENO, TCSANOW, &terminal->saved);
	serial_stop(terminal->serial);
	pthread_cancel(terminal->reader);
	pthread_join(terminal->reader, NULL);
}
