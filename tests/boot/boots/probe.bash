# shellcheck shell=bash disable=SC2154 # variables that run sets
# Boots of the guest that checks how it was entered, tests/boot/probe.

boot_probe_chainload() { probe_by_chainload; }

boot_probe_debugcon() {
	console=(-debugcon stdio)
	probe_by_chainload
}

# Linux would find the pointer without us.
boot_probe_pvh() {
	local found

	probe_files
	machine -kernel "${loader%.elf}-pvh.elf" -initrd probe.elf
	check_equal "QEMU's status" 33 "$status"
	found=$(logged 'PROBE: rsdp ')
	[[ $found =~ ^0x[1-9a-f] ]] || problem "rsdp: expected an address, found '$found'"
}

boot_probe_i386() {
	probe_files
	machine -kernel "$loader32" -initrd "probe.elf $cmdline,payload $module_cmdline"
	check_equal "QEMU's status" 33 "$status"
	check_probe "$cmdline" "$module_cmdline"
	check_registers
}

boot_probe_i386_uki() {
	probe_files
	uki_around "$(realpath probe.elf)" payload || return 0
	machine -kernel "$loader32" -initrd uki.efi
	check_equal "QEMU's status" 33 "$status"
	check_probe "$cmdline" ''
	check_registers
}

boot_probe_long_chainload() {
	ln -s "$probe_long" long.elf
	cmdline="probe.token=$SRANDOM"
	machine -kernel "$loader" -append entry=linux64 -initrd "long.elf $cmdline"
	check_long
}

boot_probe_long_i386() {
	ln -s "$probe_long" long.elf
	cmdline="probe.token=$SRANDOM"
	machine -kernel "$loader32" -append long -initrd "long.elf $cmdline"
	check_long
}

# QEMU leaves the task register as the reset does, and gives a module no command line.
boot_probe_qemu() {
	probe_files
	machine -kernel probe.elf -initrd payload -append "$cmdline lenient=tr"
	check_equal "QEMU's status" 33 "$status"
	check_probe "$cmdline lenient=tr" ''
	check_equal "what is known of QEMU's loader" \
		'tr expected it was loaded, by LTR or by a hypervisor found otherwise' \
		"$(sed -n 's/^PROBE: known //p' log)"
}

# Hypervisors set the task register without LTR; the probe knows them by their signature.
boot_probe_kvm() {
	probe_files
	cat >script <<-SCRIPT
		/kvm-boot --memory 32M --cmdline '$cmdline' --module '/payload=$module_cmdline' /probe.elf
		echo "L1: kvm-boot exits with \$?"
	SCRIPT
	kvm_machine probe.elf payload || return 0
	check_equal "kvm-boot's exit code" 0 "$(logged 'L1: kvm-boot exits with ')"
	check_probe "$cmdline" "$module_cmdline"
}

# A domain has no serial port: the probe speaks on port 0xe9.
boot_probe_xen() {
	probe_files
	xen_machine probe.elf payload <<-SCRIPT
		xen-build probe.elf --memory 32M --cmdline '$cmdline' --module 'payload=$module_cmdline'
		echo "DOM0: probe: exit \$?"
		count probe
	SCRIPT
	check_domain probe 0
	add_domain_log
	check_probe "$cmdline" "$module_cmdline"
}

probe_by_chainload() {
	probe_files
	machine -kernel "$loader" -initrd "probe.elf $cmdline,payload $module_cmdline"
	check_equal "QEMU's status" 33 "$status"
	check_probe "$cmdline" "$module_cmdline"
	check_registers
	check_equal 'memory map of the probe' "$(sed -n 's/^chainload: memmap //p' log)" \
		"$(sed -n 's/^PROBE: memmap //p' log)"
}

# What a domain said stands in Xen's log behind its name.
add_domain_log() {
	sed -n 's/^(d[0-9]*) //p' log >domain
	cat domain >>log
}

# Puts probe.elf and a payload here, and sets the command lines of both.
probe_files() {
	ln -s "$probe" probe.elf
	head -c $((500000 + RANDOM)) /dev/urandom >payload
	cmdline="probe.token=$SRANDOM"
	module_cmdline="payload.token=$SRANDOM and  more"
}

# The probe found nothing wrong, and what it read is what was sent.
check_probe() { # CMDLINE MODULE'S-CMDLINE
	local crc size

	check_ok
	check_equal 'command line' "$1" "$(logged 'PROBE: cmdline ')"
	size=$(stat -c %s payload)
	crc=$(gzip -c payload | tail -c 8 | od -An -N 4 -tx4) # behind the data: RFC 1952, section 2.3.1
	check_equal 'module' "0 size $size crc32 $(printf '0x%x' "0x${crc// /}") cmdline $2" \
		"$(logged 'PROBE: module ')"
}

# The guest that is entered in 64-bit mode found nothing wrong, and got its command line.
check_long() {
	check_equal "QEMU's status" 33 "$status"
	check_ok
	check_equal 'command line' "$cmdline" "$(logged 'PROBE: cmdline ')"
	check_equal 'registers' 'rflags 0x2 cr0 0x80000011 cr4 0x20 efer 0x500' \
		"$(logged 'PROBE: registers ')"
}

check_ok() {
	check_equal 'what the probe found wrong' '' "$(grep '^PROBE: FAIL' log | paste -sd ';')"
	grep -qx 'PROBE: ok' log || problem "console: expected a line 'PROBE: ok', found '$(tail -n 1 log)'"
}

# All of EFLAGS too, which the ABI leaves open and we do not; and that the probe found our table,
# since the limits of segments show nowhere else on an emulated CPU.
check_registers() {
	check_equal 'registers' 'eflags 0x2 cr0 0x11 cr4 0x0 efer 0x0' "$(logged 'PROBE: registers ')"
	check_equal 'descriptors' 'cs ds es ss fs gs tr' \
		"$(sed -n 's/^PROBE: table \([a-z]*\) .*/\1/p' log | paste -sd ' ')"
}
