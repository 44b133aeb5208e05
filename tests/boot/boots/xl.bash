# shellcheck shell=bash disable=SC2154 # variables that run sets
# Domains that xl starts, for comparison, in Xen's control domain in an emulated machine.

# A module has no command line there. Nothing else differs from what the probe expects.
boot_probe_xl() {
	probe_domain
	xl_machine probe.elf payload domain.xl <<-'SCRIPT'
		try xl ./xl create -F domain.xl
	SCRIPT
	check_domain xl 0
	add_domain_log
	check_probe "$cmdline" ''
	check_equal 'registers' 'eflags 0x2 cr0 0x11 cr4 0x0 efer 0x0' "$(logged 'PROBE: registers ')"
	check_equal 'RAM' '0x0-0x2000000 1' "$(logged 'PROBE: memmap ')"
}

# The domain is paused at its entry. Its ACPI tables lie where libxl 4.17 puts them. What is known of
# xl: the initrd has no command line, and the tables stand in the map in the order of their making.
boot_check_xl() {
	local ascend='expected map entries in ascending order (found'

	probe_domain
	xl_machine probe.elf payload domain.xl "$xen_dump" "$tool" <<-'SCRIPT'
		try xl ./xl create -p domain.xl
		try dump ./xen-dump "$(./xl domid guest)" memory registers 0 0x2000000 0xfc000000 0x9000
		./pvhboot check memory --registers registers
		echo "DOM0: check: exit $?"
		try gone ./xl destroy guest
	SCRIPT
	check_equal 'exit code of xl' 0 "$(logged 'DOM0: xl: exit ')"
	check_equal 'exit code of xen-dump' 0 "$(logged 'DOM0: dump: exit ')"
	check_equal 'exit status of pvhboot check' 0 "$(logged 'DOM0: check: exit ')"
	check_domain gone 0
	check_equal 'registers' checked "$(logged 'Registers    ')"
	check_equal 'command line' "$cmdline" "$(logged 'Command line ')"
	check_equal 'size of the module' "$(stat -c %s payload)" "$(initrd_size)"
	check_equal 'findings' "$(paste -sd ';' <<-FINDINGS
		warning freebsd: start: module 0: expected the first module to have a command line: FreeBSD reads it even at address 0
		note abi: start: map entry 2: $ascend 0xfc008000, bound 0xfeff8000)
		note abi: start: map entry 3: $ascend 0xfc000000, bound 0xfc008000)
	FINDINGS
	)" "$(sed -n 's/ at gpa 0x[0-9a-f]*//; s/^  \(error\|warning\|note\)  */\1 /p' log | paste -sd ';')"
}

# Writes domain.xl, which describes a domain that runs the probe.
probe_domain() {
	probe_files
	cat >domain.xl <<-CONFIG
		type = "pvh"
		name = "guest"
		memory = 32
		kernel = "probe.elf"
		ramdisk = "payload"
		cmdline = "$cmdline"
	CONFIG
}

# Starts Xen, with xl and what it relies on in the control domain, which runs the script on standard
# input. What a domain NAME writes to its console is in guest-NAME.log there.
xl_machine() { # FILE...
	local xen

	xen=$("$here/xen") || { problem 'no Xen'; return; }
	{
		cat <<-'SCRIPT'
			for module in xen-gntalloc xen-gntdev xenfs; do insmod $module.ko; done
			mkdir -p /dev/pts /etc/xen /run/xen /var/lib/xen /var/lock /var/log/xen
			mount -t devpts devpts /dev/pts
			mount -t xenfs xenfs /proc/xen
			ln -s /run /var/run
			touch /etc/xen/xl.conf
			export LD_LIBRARY_PATH=/job
			./xenstored
			while [ ! -e /run/xenstored/socket ]; do sleep 0.1; done
			./xen-init-dom0
			./xenconsoled --log=guest --log-dir=/job
			await() { # TEXT FILE, which takes ten minutes at most
				tries=0
				until grep -q "$1" "$2" || [ $tries -gt 6000 ]; do
					tries=$((tries + 1))
					sleep 0.1
				done
			}
		SCRIPT
		cat
	} >toolstack.script
	# libgcc_s: the C library loads it by itself when xl ends a thread.
	xen_machine "$xen/toolstack"/* \
		"$(gcc -print-file-name=libgcc_s.so.1)" "$@" <toolstack.script
}
