/* SPDX-License-Identifier: MIT OR GPL-3.0-or-later */
/* Commands of GRUB: pvhboot KERNEL [ARGUMENT...], pvhmodule FILE [ARGUMENT...], pvhplan. */
#include <grub/command.h>
#include <grub/dl.h>
#include <grub/loader.h>

#include "codecs.h"
#include <pvhboot/adapt/grub.h>

GRUB_MOD_LICENSE("GPLv3+");

static const struct pvhboot_options options = { .allocator = &pvhboot_grub_allocator,
						.codecs = codecs };
static grub_dl_t own_module;
static grub_command_t commands[3];
static struct pvhboot_grub grub;
static struct pvhboot_prepared prepared;
static struct pvhboot_module files[64]; /* the kernel, then its modules */
static size_t n_files;

/* Anew by each command, as the memory map may change too. The kernel is unpacked once. */
static grub_err_t plan(void)
{
	struct pvhboot_request request = { .modules = files + 1,
					   .n_modules = n_files - 1,
					   .cmdline = files[0].cmdline,
					   .entry = PVHBOOT_ENTRY_PVH };
	struct pvhboot_diag diag = { 0 };
	enum pvhboot_status status;

	pvhboot_grub_request(&grub, &request);
	if (prepared.image.file.data == NULL)
		status =
			pvhboot_prepare(files[0].bytes, &request, &options, NULL, &prepared, &diag);
	else
		status = pvhboot_prepared_replan(&prepared, &request, &diag);
	return pvhboot_grub_report(status, &diag);
}

static grub_err_t boot(void)
{
	return plan() == GRUB_ERR_NONE ? pvhboot_grub_boot(&grub, &prepared) : grub_errno;
}

static grub_err_t unload(void)
{
	pvhboot_prepared_release(&prepared);
	pvhboot_grub_unload(&grub);
	while (n_files > 0)
		pvhboot_grub_drop(&files[--n_files]);
	grub_dl_unref(own_module);
	return GRUB_ERR_NONE;
}

/* A file that nothing can be planned with is dropped, and what was loaded before stays. */
static grub_err_t load(int argc, char **argv, enum grub_file_type type)
{
	if (pvhboot_grub_read(argc, argv, type, &files[n_files]) != GRUB_ERR_NONE)
		return grub_errno;
	n_files++;
	if (plan() != GRUB_ERR_NONE)
		pvhboot_grub_drop(&files[--n_files]);
	return grub_errno;
}

static grub_err_t command_kernel(grub_command_t command, int argc, char **argv)
{
	(void)command;
	grub_loader_unset();
	if (load(argc, argv, GRUB_FILE_TYPE_LINUX_KERNEL) != GRUB_ERR_NONE)
		return grub_errno;
	grub_dl_ref(own_module);
	grub_loader_set(boot, unload, 0);
	return GRUB_ERR_NONE;
}

static grub_err_t command_module(grub_command_t command, int argc, char **argv)
{
	(void)command;
	if (n_files == 0 || n_files == ARRAY_SIZE(files))
		return grub_error(GRUB_ERR_BAD_ARGUMENT,
				  n_files == 0 ? "pvhboot comes first" : "too many modules");
	return load(argc, argv, GRUB_FILE_TYPE_LINUX_INITRD);
}

static grub_err_t command_plan(grub_command_t command, int argc, char **argv)
{
	(void)command, (void)argc, (void)argv;
	if (n_files == 0)
		return grub_error(GRUB_ERR_BAD_ARGUMENT, "pvhboot comes first");
	if (plan() == GRUB_ERR_NONE)
		pvhboot_grub_print(&prepared.plan);
	return grub_errno;
}

GRUB_MOD_INIT(pvhboot)
{
	own_module = mod;
	commands[0] = grub_register_command("pvhboot", command_kernel, "KERNEL [ARGUMENT...]",
					    "Load a kernel that has a PVH entry.");
	commands[1] = grub_register_command("pvhmodule", command_module, "FILE [ARGUMENT...]",
					    "Load a module for it; for Linux, the initrd.");
	commands[2] = grub_register_command("pvhplan", command_plan, NULL, "Show where all lies.");
}

GRUB_MOD_FINI(pvhboot)
{
	for (n_files = 0; n_files < ARRAY_SIZE(commands); n_files++)
		grub_unregister_command(commands[n_files]);
}
