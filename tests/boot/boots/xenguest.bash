# shellcheck shell=bash disable=SC2154 # variables that run sets
# Domains that a real xl builds with libpvhboot in its libxenguest, examples/libxenguest.

boot_xl_linux() { xl_linux cloud-6.1; }

boot_xl_linux_zstd() { xl_linux 6.12; }

boot_xl_smp() {
	vcpus=2 xl_linux cloud-6.1
	check_equal 'processors' 0-1 "$(logged 'GUEST: cpus ')"
}

# The Debian kernel NAME as a domain, and everything arrives.
xl_linux() { # NAME
	guest_files "$1" || return 0
	make_cmdline
	cmdline=${cmdline/ttyS0/hvc0}
	cat >domain.xl <<-CONFIG
		type = "pvh"
		name = "linux"
		memory = 192
		vcpus = ${vcpus:-1}
		kernel = "vmlinuz"
		ramdisk = "initrd.gz"
		cmdline = '$cmdline'
		on_reboot = "destroy"
		on_crash = "destroy"
	CONFIG
	xenguest_machine vmlinuz initrd.gz domain.xl <<-'SCRIPT'
		try linux ./xl -vvv create -F domain.xl
		tr -d '\0' <guest-linux.log
	SCRIPT
	check_domain linux 0
	! check_ended || check_guest "$cmdline"
	check_ours linux
}

# A guest may use more than it has until it knows: Linux gives what is above memory back. It goes on
# where it was when it is restored, with the same payload.
boot_xl_save() {
	local before

	extra=pvhtest.ticks
	dom0_memory=640
	domain_guest || return 0
	cat >domain.xl <<-CONFIG
		type = "pvh"
		name = "linux"
		memory = 144
		maxmem = 192
		kernel = "vmlinuz"
		ramdisk = "initrd.gz"
		cmdline = '$cmdline'
		on_crash = "destroy"
	CONFIG
	xenguest_machine vmlinuz initrd.gz domain.xl <<-'SCRIPT'
		export LIBXL_SAVE_HELPER=/job/libxl-save-helper
		try linux ./xl -vvv create domain.xl
		await 'GUEST: tick 2 ' guest-linux.log
		try save ./xl save linux image
		n=$(tr -d '\0\r' <guest-linux.log | sed -n 's/^GUEST: tick \([0-9]*\) .*/\1/p' | tail -n 1)
		try restore ./xl restore image
		await "GUEST: tick $((n + 2)) " guest-linux.log
		tr -d '\0' <guest-linux.log
		echo "DOM0: ticks: $n"
		try gone ./xl destroy linux
	SCRIPT
	check_equal "QEMU's status" 0 "$status"
	check_ours linux
	check_guest "$cmdline"
	check_equal 'exit code of xl create' 0 "$(logged 'DOM0: linux: exit ')"
	check_domain save 0
	check_equal 'exit code of xl restore' 0 "$(logged 'DOM0: restore: exit ')"
	check_domain gone 0
	grep -qx 'GUEST: memmap 0x100000-0xbffffff System RAM' log || problem 'its map does not tell of maxmem'
	before=$(logged 'DOM0: ticks: ')
	check_equal 'sha256 of the payload, restored' "$(<initrd.gz.sha256)" \
		"$(logged "GUEST: tick $((before + 2)) ")"
}

# Both command lines are the probe's to see. A module has one where xl starts a shim, for which the
# probe stands in. Xen cuts what a domain says to lines of 80 bytes. Stock xl ends in an assertion.
boot_xl_module_cmdline() {
	local said

	probe_files
	module_cmdline="payload.token=$SRANDOM $(printf 'x%.0s' {1..1100})"
	cat >domain.xl <<-CONFIG
		type = "pvh"
		name = "shim"
		memory = 32
		kernel = "/job/payload"
		cmdline = "$module_cmdline"
		pvshim = 1
		pvshim_path = "/job/probe.elf"
		pvshim_cmdline = "$cmdline"
	CONFIG
	xenguest_machine probe.elf payload domain.xl <<-'SCRIPT'
		try shim ./xl -vvv create -F domain.xl
		mkdir /stock
		cp libgcc_s.so.1 /stock
		LD_LIBRARY_PATH=/stock ./xl create -F domain.xl
		echo "DOM0: stock: exit $?"
	SCRIPT
	check_domain shim 0
	check_ours shim
	check_equal 'exit code of stock xl' 134 "$(logged 'DOM0: stock: exit ')"
	add_domain_log
	check_ok
	check_equal 'command line' "$cmdline" "$(logged 'PROBE: cmdline ')"
	said=$(tr -d '\n' <domain)
	[[ $said == *" cmdline ${module_cmdline}PROBE: "* ]] ||
		problem "module: expected its command line of ${#module_cmdline} bytes, found '$(logged 'PROBE: module ')'"
}

# To its prompt, which never ends. GRUB's image for paravirtualised domains is for another loader.
boot_xl_pvgrub() {
	local type

	for type in pvh pv; do
		ln -s "$("$here/kernel" grub-$type)" $type
		printf '%s\n' "type = \"$type\"" "name = \"$type\"" 'memory = 64' "kernel = \"$type\"" >$type.xl
	done
	xenguest_machine pvh pv ./*.xl <<-'SCRIPT'
		for type in pvh pv; do
			try $type ./xl -vvv create $type.xl
			await 'grub>' guest-$type.log
			tr -d '\0' <guest-$type.log | sed "s/^/GRUB: $type: /"
			echo
			try gone-$type ./xl destroy $type
		done
	SCRIPT
	check_ours pvh
	grep -q '^DOM0: pv: said .*pvhboot loader' log && grep -q '^DOM0: pv: said .*loader probe failed' log ||
		problem 'pv: expected the library to leave it to another loader'
	for type in pvh pv; do
		check_equal "exit code of xl, $type" 0 "$(logged "DOM0: $type: exit ")"
		grep -q "^GRUB: $type: .*grub>" log ||
			problem "$type: expected GRUB's prompt, found '$(grep "^GRUB: $type: " log | tail -n 1)'"
		check_domain gone-$type 0
	done
}

# What else a configuration can have, each with the probe, which looks at the map and does not use it.
boot_xl_shapes() {
	local codec name

	probe_files
	tiny_guest && sed 's/Xen\x00/Nex\x00/' tiny >firmware
	cmdline='of uki' uki_around "$(realpath probe.elf)" payload || return 0
	bzip2 -c probe.elf >probe.bzip2
	xz --format=lzma -c probe.elf >probe.lzma
	for codec in bzip2 lzma; do shape $codec "kernel = \"probe.$codec\""; done
	shape uki 'kernel = "uki.efi"'
	sed -i /^cmdline/d uki.xl
	shape large 'kernel = "probe.elf"' 'maxmem = 6144'
	shape firmware 'firmware = "pvgrub32"'
	shape paused 'kernel = "probe.elf"'
	shape vnuma 'kernel = "probe.elf"' 'vnuma = [ [ "pnode=0", "size=48", "vcpus=0", "vdistances=10" ] ]'
	shape loader 'bootloader = "/job/loader"' 'disk = [ "format=raw, backendtype=qdisk, vdev=xvda, access=ro, target=/job/payload" ]'
	shape hvm 'firmware_override = "/job/firmware"'
	sed -i 's/"pvh"/"hvm"/; /^cmdline/d' hvm.xl
	for codec in loader hvm; do
		printf '%s\n' 'device_model_version = "qemu-xen-traditional"' \
			'device_model_override = "/job/model"' >>$codec.xl
	done
	# What libxl calls where there is a bootloader: it names a kernel, which is then deleted.
	cat >loader <<-'SCRIPT'
		#!/bin/busybox sh
		for argument; do
			case $argument in --output=*) out=${argument#*=} ;; esac
		done
		cp /job/probe.elf /job/chosen
		printf 'kernel /job/chosen\0args of loader\0' >"$out"
	SCRIPT
	# Stands for QEMU, which these guests have no use for: it tells xenstore that it runs.
	cat >model <<-'SCRIPT'
		#!/bin/busybox sh
		until [ "$1" = -d ]; do shift; done
		path=/local/domain/0/device-model/$2/state
		{
			printf '\013\0\0\0\0\0\0\0\0\0\0\0'
			printf "\\$(printf %o $((${#path} + 8)))\\0\\0\\0$path\\0running"
		} >message
		cat message >/proc/xen/xenbus
		exec sleep 1000
	SCRIPT
	chmod 755 loader model
	xenguest_machine probe.elf probe.{bzip2,lzma} uki.efi payload firmware loader model ./*.xl <<-'SCRIPT'
		mkdir -p /usr/lib/xen-4.17/boot
		cp probe.elf /usr/lib/xen-4.17/boot/pvgrub32.bin
		for i in bzip2 lzma uki large firmware loader hvm; do
			try $i ./xl -vvv create -F $i.xl
		done
		try vnuma ./xl create vnuma.xl
		mkdir /stock
		cp libgcc_s.so.1 /stock
		LD_LIBRARY_PATH=/stock ./xl create vnuma.xl
		echo "DOM0: stock: exit $?"
		try paused ./xl -vvv create -p paused.xl
		./xl unpause paused
		while ./xl domid paused >/dev/null 2>&1; do sleep 0.1; done
		count unpaused
	SCRIPT
	for name in bzip2 lzma uki large firmware loader paused; do
		check_ours "$name"
		check_equal "exit code, $name" 0 "$(logged "DOM0: $name: exit ")"
		check_shape "$name"
	done
	for name in bzip2 lzma uki large firmware loader hvm; do check_domain "$name" 0; done
	grep -qx 'PROBE: memmap 0x100000000-0x184000000 1' large.said || problem 'large: no RAM above 4 GiB'
	grep -q "^PROBE: module 0 size $(stat -c %s payload) " uki.said || problem "uki: the image's initrd is missing"
	check_equal 'domains afterwards' 1 "$(logged 'DOM0: unpaused: domains ')"
	check_domain vnuma "$(logged 'DOM0: stock: exit ')"
}

# The probe of that domain has found nothing wrong.
check_shape() { # NAME
	awk -v line="PROBE: cmdline of $1" '
		/^\(d[0-9]+\) / {
			domain = $1
			sub(/^[^ ]* /, "")
			said[domain] = said[domain] $0 "\n"
			if ($0 == line) found = domain
		}
		END { printf "%s", said[found] }' log >"$1.said"
	grep -qx 'PROBE: ok' "$1.said" ||
		problem "$1: expected a line 'PROBE: ok', found '$(tail -n 1 "$1.said")'"
}

# A configuration of these lines.
shape() { # NAME LINE...
	printf '%s\n' 'type = "pvh"' "name = \"$1\"" 'memory = 48' "cmdline = \"of $1\"" \
		'on_reboot = "destroy"' 'on_crash = "destroy"' "${@:2}" >"$1.xl"
}

# What has no PVH note goes to libxenguest's own loaders: one of them starts an ELF file for i386 by
# its own entry, and the others end as without the library, also where the file had to be unpacked to
# see that. A kernel that is damaged, or that does not fit, is refused in the library's words.
boot_xl_no_note() {
	local name

	tiny_guest && guest_files cloud-6.1 || return 0
	sed 's/Xen\x00/Nex\x00/' tiny >elf32
	zstd -q elf32 -o packed
	cp vmlinuz damaged
	printf 'damaged here' | dd of=damaged bs=1 seek=5000000 conv=notrunc status=none
	cp /bin/busybox elf64
	for name in elf32 elf64 packed damaged small; do
		printf '%s\n' 'type = "pvh"' "name = \"$name\"" 'memory = 64' "kernel = \"$name\"" \
			"cmdline = \"of $name\"" 'on_crash = "destroy"' >"$name.xl"
	done
	ln -s vmlinuz small
	sed -i 's/^memory.*/memory = 32/' small.xl
	xenguest_machine elf32 elf64 packed damaged small ./*.xl <<-'SCRIPT'
		mkdir /stock
		cp libgcc_s.so.1 /stock
		for i in elf64 packed; do
			LD_LIBRARY_PATH=/stock ./xl create $i.xl
			echo "DOM0: stock $i: exit $?"
		done
		for i in elf64 packed damaged small; do
			try $i ./xl create $i.xl
		done
		try elf32 ./xl create -F elf32.xl
	SCRIPT
	check_domain elf32 0
	grep -q '^DOM0: elf32: said .* has shut down, reason code 0 ' log ||
		problem 'elf32: expected it to power off'
	for name in elf64 packed; do
		check_domain "$name" "$(logged "DOM0: stock $name: exit ")"
	done
	grep -q '^DOM0: packed: said .*pvhboot: NOTPVH: note: kernel: ' log ||
		problem "packed: expected the library's reason too"
	check_refused_by_library damaged 'CORRUPT: unpack: '
	check_refused_by_library small 'RANGE: plan: segment '
}

check_refused_by_library() { # NAME HOW THE REASON BEGINS
	check_domain "$1" 3
	grep -q "^DOM0: $1: said .*pvhboot: $2" log ||
		problem "$1: expected '$2...', found '$(logged "DOM0: $1: said ")'"
}

# What the library has libxenguest build is compared with what Debian's builds, against faked
# hypercalls: no machine. Modules that are packed are unpacked by both. Nothing of a domain that is
# given up stays mapped.
boot_xl_faked() {
	local kernel

	tiny_guest && xenguest_built || { problem 'no libxenguest'; return; }
	{ echo module; head -c 300001 /dev/urandom; } >module
	gzip -k module
	head -c 100M /dev/zero >large
	for kernel in cloud-6.1 cloud-6.12; do ln -s "$("$here/kernel" "$kernel")" "$kernel"; done
	cp cloud-6.1 damaged
	printf 'damaged here' | dd of=damaged bs=1 seek=5000000 conv=notrunc status=none
	tiny_linked low 0x2000 && tiny_linked older 0x100000 -Wa,--defsym,guest_os=1 || return 0
	faked low module 'entry 0x3000: the same state; stock '
	faked older module 'entry 0x101000: the same state; stock '
	faked tiny module 'entry 0x101000: the same state; stock '
	faked tiny module.gz 'entry 0x101000: the same state; stock '
	faked cloud-6.1 module.gz 'entry 0x1000850: the same state; stock '
	faked cloud-6.12 module 'entry 0x1000a30: the same state; stock '
	stock=--alone
	faked tiny module 'entry 0x101000 '
	faked damaged module 'error: pvhboot: CORRUPT: unpack: '
	faked cloud-6.1 large 'error: pvhboot: NOROOM: plan: module 0: '
}

# Kernel and module in 128 MiB.
faked() { # KERNEL MODULE HOW THE ONLY LINE BEGINS
	local said

	said=$("$xen_guest" "${stock:-$(pkg-config --variable=libdir xencontrol)/libxenguest.so.4.17}" \
		"$built/libxenguest/libxenguest.so.4.17" 128 1 "$1" "$2" 2>&1) || true
	echo "$1 $2: $said" >>log
	[[ $said == "$3"* && $said != *$'\n'* ]] || problem "$1, $2: expected '$3...', found '$said'"
}

# Put in again, hooks change nothing; nor do they where an anchor is missing, which is named.
boot_xl_hooks() {
	local guest=tree/tools/libs/guest hook=$root/examples/libxenguest/hook source

	source=$("$root/examples/libxenguest/build" --fetch) || { problem 'no source of Xen'; return; }
	mkdir -p tree/xen "${guest%/*}"
	cp "$source/xen/Makefile" tree/xen
	cp -r "$source/tools/libs/guest" "$guest"
	"$hook" tree >log 2>&1 || problem 'the hooks are not put in'
	check_equal 'files that are changed' 4 "$(diff -rq "$source/tools/libs/guest" "$guest" | wc -l)"
	cp -r "$guest" hooked
	"$hook" tree >>log 2>&1 || problem 'the hooks are not put in again'
	diff -r hooked "$guest" >>log || problem 'the hooks are put in twice'

	rm -r "$guest" hooked
	cp -r "$source/tools/libs/guest" "$guest"
	sed -i 's/ xc_dom_build_image(/ xc_dom_build(/' "$guest/xg_dom_core.c"
	cp -r "$guest" other
	! "$hook" tree >>log 2>&1 || problem 'a missing anchor goes unseen'
	grep -qx "hook: xg_dom_core.c: expected a line 'int xc_dom_build_image(.*)', found none; known versions: 4.17" log ||
		problem "expected the anchor's name, found '$(tail -n 1 log)'"
	diff -r other "$guest" >>log || problem 'source without an anchor is changed'
}

# The domain was built by the library, and by no other loader.
check_ours() { # NAME
	grep -q "^DOM0: $1: said .*xc_dom_find_loader: trying pvhboot loader" log ||
		problem "$1: libxenguest did not try the library's loader"
	! grep -q "^DOM0: $1: said .*loader probe failed" log || problem "$1: the file went to another loader"
}

# As xl_machine, with the changed libxenguest in the place of Debian's.
xenguest_machine() { # FILE...
	xenguest_built || { problem 'no libxenguest'; return; }
	xl_machine "$built/libxenguest/libxenguest.so.4.17" "$@"
}

# Once for all boots. Some of them may run side by side.
xenguest_built() {
	local out=$built/libxenguest file

	(
		flock 9
		for file in "$built/lib/libpvhboot.a" "$root"/examples/libxenguest/{build,hook,*.c}; do
			[[ $out/libxenguest.so.4.17 -nt $file ]] && continue
			"$root/examples/libxenguest/build" "$built" "$out" >"$out.log" 2>&1
			exit
		done
	) 9>"$out.lock"
}
