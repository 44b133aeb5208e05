# shellcheck shell=bash disable=SC2154 # variables that run sets
# Boots of the example loader, examples/chainload.

boot_chainload_lz4() { linux_arrives cloud-6.1; }

boot_chainload_xz() { linux_arrives 6.1; }

boot_chainload_zstd() { linux_arrives 6.12; }

boot_chainload_gzip() { linux_arrives cloud-6.1 repack gzip; }

boot_chainload_bzip2() { linux_arrives cloud-6.1 repack bzip2; }

boot_chainload_nested() { linux_arrives cloud-6.1 compress; }

# The kernel's link address is 0x1000000, so a reserved range above is in its way.
boot_chainload_reloc() {
	guest_files 6.12 || return 0
	echo 0x2000000 0x2400000 2 >reserved.map
	boot_linux -append 'reserve=0x2000000-0x2400000'
	grep -q '^chainload: entry 0x[0-9a-f]* start_info 0x[0-9a-f]* slide 0x[1-9a-f]' log ||
		problem "console: expected a line 'chainload: entry ...' with a slide, found '$(logged 'chainload: entry ')'"
}

boot_chainload_uki() {
	make_uki cloud-6.1 || return 0
	machine -kernel "$loader" -initrd uki.efi
	check_arrived
}

boot_chainload_no_note() {
	ln -s "$(command -v busybox)" vmlinuz
	"$here/initrd" initrd.gz || { problem 'no initrd'; return; }
	machine -kernel "$loader" -initrd 'vmlinuz console=ttyS0,initrd.gz'
	check_refused 'NOTPVH: note: kernel: '
}

boot_chainload_small_memory() {
	guest_files cloud-6.1 || return 0
	machine -m 48 -kernel "$loader" -initrd 'vmlinuz console=ttyS0,initrd.gz'
	check_refused 'NOMEM: unpack: '
}

# Debian's GRUB for Xen lies at 1 MiB, where the loader was. It finds no Xen, says so on port 0xe9,
# and halts for ever.
boot_chainload_grub_pvh() {
	local image text='Found no Xen signature'

	image=$("$here/kernel" grub-pvh) || { problem 'no image of GRUB'; return; }
	ln -s "$image" grub
	console=(-debugcon stdio)
	end_at "$text" &
	machine -pidfile pid -kernel "$loader" -initrd grub
	kill $! 2>/dev/null || true # it may have ended by itself
	check_equal "GRUB's first segment" '0x100000' "$(logged 'chainload: place ' | cut -d - -f 1)"
	grep -q "$text" log || problem "expected a line '$text', found '$(tail -n 1 log)'"
}

# GRUB passes on no name of a file, and each word in quotes that it read in quotes. The BIOS'
# memory map is the one that QEMU gives to a Multiboot kernel itself, up to ram_end.
boot_chainload_grub() {
	guest_files cloud-6.1 || return 0
	cmdline="console=ttyS0 panic=-1 no_timer_check pvhtest.token=$SRANDOM pvhtest.comma=a,b"
	cmdline+=' "pvhtest.quoted=two  spaces"'
	mkdir -p cd/boot/grub
	cp "$loader" cd/boot/chainload.elf
	cp vmlinuz initrd.gz cd/boot
	cat >cd/boot/grub/grub.cfg <<-CONFIG
		multiboot /boot/chainload.elf reserve=0x8000000-0x8100000
		module --nounzip /boot/vmlinuz $cmdline
		module --nounzip /boot/initrd.gz
		boot
	CONFIG
	grub-mkrescue -d /usr/lib/grub/i386-pc --install-modules='biosdisk iso9660 multiboot normal' \
		--locales= --fonts= --themes= -o cd.iso cd >cd.log 2>&1 || {
		problem "grub-mkrescue could not make a CD: $(tail -n 1 cd.log)"
		return
	}
	echo 0x8000000 0x8100000 2 >reserved.map # a word on the loader's own command line
	machine_of_cd cd.iso
	check_arrived
}

# QEMU passes one file to a PVH kernel, and no command line for it.
boot_chainload_pvh() {
	make_uki cloud-6.1 || return 0
	echo 0x8000000 0x8100000 2 >reserved.map # a word on the loader's own command line
	machine -kernel "${loader%.elf}-pvh.elf" -initrd uki.efi -append 'reserve=0x8000000-0x8100000'
	check_arrived
}

boot_chainload_pvh_modules() {
	guest_files cloud-6.1 || return 0
	make_cmdline
	ln -s "$loader" chainload.elf
	machine -kernel "$loader32" \
		-initrd "chainload.elf reserve=0x8000000-0x8100000,vmlinuz ${cmdline//,/,,},initrd.gz"
	echo 0x8000000 0x8100000 2 >reserved.map
	check_arrived
}

# The loader boots the Debian kernel NAME, and everything arrives. CHANGE, if given, is a function
# that makes the file that is booted from vmlinuz.
linux_arrives() { # NAME [CHANGE ARGUMENT...]
	guest_files "$1" || return 0
	if [[ $# -gt 1 ]]; then
		"${@:2}" || { problem "could not ${*:2} the kernel"; return; }
	fi
	boot_linux
}

repack() { # CODEC
	"$here/repack" vmlinuz "$1" packed && mv packed vmlinuz
}

compress() { gzip -n <vmlinuz >packed && mv packed vmlinuz; }

boot_linux() { # QEMU'S ARGUMENT...
	make_cmdline
	machine -kernel "$loader" -initrd "vmlinuz ${cmdline//,/,,},initrd.gz" "$@"
	check_arrived
}

# A unified kernel image of the Debian kernel NAME. Sets cmdline.
make_uki() { # NAME
	guest_files "$1" || return 1
	make_cmdline
	uki_around vmlinuz initrd.gz
}

# The loader said why it gives up, ended QEMU, and started nothing.
check_refused() { # HOW THE REASON BEGINS
	local reason

	reason=$(logged 'chainload: error: ')
	[[ $reason == "$1"* ]] || problem "console: expected 'chainload: error: $1...', found '$reason'"
	check_equal "QEMU's status" 3 "$status"
	! grep -q '^GUEST: ' log || problem 'the guest ran'
}
