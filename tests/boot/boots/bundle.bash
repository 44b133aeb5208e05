# shellcheck shell=bash disable=SC2154 # variables that run sets
# Boots of the ELF files that pvhboot bundle makes. Of each host, its own command line is behind the
# file's.

boot_bundle_qemu() {
	bundle_guest cloud-6.1 ttyS0 && bundled vmlinuz --initrd initrd.gz --cmdline "$cmdline" || return 0
	machine -kernel bundle.elf -append "$host"
	check_bundle || return 0
	given_map >given.map
	check_guest_map given.map
}

# A unified kernel image. The host has no command line.
boot_bundle_kvm() {
	kvm_guest && uki_around vmlinuz initrd.gz && bundled uki.efi || return 0
	kvm_arrives /bundle.elf bundle.elf
}

boot_bundle_chainload() {
	bundle_guest 6.12 ttyS0 && bundled vmlinuz --initrd initrd.gz --cmdline "$cmdline" || return 0
	machine -kernel "$loader" -initrd "bundle.elf $host"
	check_bundle || return 0
	check_memory_map
}

# Stock xl, with libxenguest as Debian has it.
boot_bundle_xl() {
	bundle_guest cloud-6.1 hvc0 && bundled vmlinuz --initrd initrd.gz --cmdline "$cmdline" || return 0
	cat >domain.xl <<-CONFIG
		type = "pvh"
		name = "linux"
		memory = 192
		kernel = "bundle.elf"
		cmdline = "$host"
		on_reboot = "destroy"
		on_crash = "destroy"
	CONFIG
	xl_machine bundle.elf domain.xl <<-'SCRIPT'
		try linux ./xl create -F domain.xl
		tr -d '\0' <guest-linux.log
	SCRIPT
	check_domain linux 0
	check_bundle || return 0
}

# The guest that checks how it was entered, and all that it is handed. The host's module follows.
boot_bundle_probe() {
	probe_files
	bundled probe.elf --initrd payload --cmdline "$cmdline" || return 0
	head -c 1000 /dev/urandom >module
	machine -kernel "$loader32" -initrd "bundle.elf of the  host,module $module_cmdline"
	check_equal "QEMU's status" 33 "$status"
	check_probe "$cmdline of the  host" ''
	check_registers
	check_equal 'modules' 2 "$(grep -c '^PROBE: module ' log)"
	[[ $(grep '^PROBE: module ' log | tail -n 1) == "PROBE: module 1 size 1000 "*" cmdline $module_cmdline" ]] ||
		problem "module 1: expected the host's, found '$(grep '^PROBE: module ' log | tail -n 1)'"
}

# As much as the stub has room for, and one more: then the guest ends at once.
boot_bundle_room() {
	local modules

	probe_files
	bundled probe.elf --initrd payload --cmdline short || return 0
	cmdline=$(printf 'x%.0s' {1..16383})
	echo module >module
	modules=$(printf ',module%.0s' {1..255})
	machine -kernel "$loader32" -initrd "bundle.elf $cmdline$modules"
	check_equal "QEMU's status" 33 "$status"
	check_probe "short $cmdline" ''
	check_equal 'modules' 256 "$(grep -c '^PROBE: module ' log)"
	for tail in "x$modules" "$modules,module"; do
		machine -kernel "$loader32" -initrd "bundle.elf $cmdline$tail"
		check_equal "QEMU's status after a triple fault" 0 "$status"
		! grep '^PROBE: ' log || problem 'the guest was entered'
	done
}

# Puts the guest's files here, and sets cmdline and the host's own.
bundle_guest() { # KERNEL CONSOLE
	guest_files "$1" || return 1
	make_cmdline
	cmdline=${cmdline/ttyS0/$2}
	host="pvhtest.host=$SRANDOM and  more"
}

# Makes bundle.elf, the same bytes each time.
bundled() { # PVHBOOT-BUNDLE'S ARGUMENT...
	"$tool" bundle "$@" -o bundle.elf && "$tool" bundle "$@" -o again || { problem 'no bundle'; return 1; }
	cmp -s bundle.elf again || problem 'the same input makes another file'
	rm again
}

# All arrived, in one line.
check_bundle() {
	check_ended || return 1
	check_guest "$cmdline $host"
}
