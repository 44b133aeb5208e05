# shellcheck shell=bash disable=SC2154 # variables that run sets
# What the loaders of others give to a kernel, looked at by pvhboot check. Nothing is booted: QEMU
# stops at the kernel's entry.

# Nothing is booted: QEMU stops at the kernel's entry. What is known of its loaders: the task
# register is as after a reset, the map lies beside the BIOS data area, the initrd has no command line.
boot_check_qemu() {
	check_loader || return 0
	check_equal 'counts' 'Errors 1, warnings 2, notes 0' "$(grep '^Errors ' log)"
	check_found 'warning  abi: start: map at gpa 0x'
}

# Of qboot: the map has an entry more than it was given, and all but the initrd lies in ROM.
boot_check_qboot() {
	check_loader -machine microvm || return 0
	check_found 'warning  abi: start: map entry 5 at gpa 0x'
	check_found 'warning  abi: start: start_info at gpa 0x'
	check_found 'warning  abi: start: command line at gpa 0x'
}

# What QEMU with these arguments gives to a kernel, as pvhboot check sees it, in the log.
check_loader() { # QEMU'S ARGUMENT...
	local begin=${EPOCHREALTIME/./} entry code=0

	guest_files cloud-6.1 || return
	make_cmdline
	"$here/repack" vmlinuz elf vmlinux || { problem 'could not unpack the kernel'; return 1; }
	entry=$("$tool" inspect vmlinux --json | sed -n 's/^  "entry": "\(.*\)",$/\1/p')
	"$here/freeze" "$entry" 256 memory registers "$@" -kernel vmlinux -initrd initrd.gz \
		-append "$cmdline" >log 2>&1 || { problem "$(tail -n 1 log)"; return 1; }
	"$tool" check memory --registers registers >log || code=$?
	seconds=$(tenths $((${EPOCHREALTIME/./} - begin)))
	rm memory
	check_equal 'exit status of pvhboot check' 1 "$code"
	check_equal 'command line' "$cmdline" "$(logged 'Command line ')"
	check_equal 'size of the initrd' "$(stat -c %s initrd.gz)" "$(initrd_size)"
	check_found 'error    abi: start: registers: expected tr to have limit 0x67 (found 0xffff, '
	check_found 'warning  freebsd: start: module 0 at gpa 0x'
}

# Bytes of module 0, from the table that pvhboot check prints: number, start, end, size.
initrd_size() {
	local start end

	read -r _ start end _ < <(grep -A 2 '^Modules' log | tail -n 1)
	echo $((end - start))
}

check_found() { # HOW A LINE BEGINS
	[[ -n $(logged "  $1") ]] || problem "pvhboot check: expected '$1...', found none"
}
