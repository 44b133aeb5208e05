# shellcheck shell=bash disable=SC2154 # variables that run sets
# Boots by GRUB with the module of examples/grub, each from a CD of its own.

boot_grub_pc_lz4() { grub_boots_linux i386-pc cloud-6.1; }

boot_grub_pc_zstd() { grub_boots_linux i386-pc cloud-6.12; }

boot_grub_pc_xz() { grub_boots_linux i386-pc 6.1; }

boot_grub_pc_gzip() { grub_boots_linux i386-pc cloud-6.1 repack gzip; }

boot_grub_pc_lz4_frame() { grub_boots_linux i386-pc cloud-6.1 elf_in_frame; }

elf_in_frame() { repack elf && mv vmlinuz elf && lz4 -q elf vmlinuz; }

# The kernel's link address is 0x1000000, and a note says that it can move in steps of 2 MiB.
boot_grub_moved() {
	before='cutmem 16M 17M'
	grub_boots_linux i386-pc cloud-6.12
	grep -qx 'GUEST: memmap 0x1100000-0x1ffdcfff System RAM' log ||
		problem 'the range that was cut out is not missing in the memory map of the guest'
	check_equal 'place of segment 0' 0x1200000 "$(sed -n 's/-.* segment 0$//p' log)"
}

boot_grub_efi() { grub_boots_linux x86_64-efi cloud-6.1; }

# Three broken kernels are refused, one of them so often that memory would not be enough if something
# of it stayed. A good one loses its place before it boots. Then another one boots.
boot_grub_refusals() {
	local kernel

	guest_files cloud-6.12 || return 0
	kernel=$("$here/kernel" cloud-6.1) || { problem 'no kernel cloud-6.1'; return; }
	grub_cmdline
	cp "$(command -v busybox)" no-note
	cp "$kernel" fixed
	cp "$kernel" damaged
	head -c 4096 /dev/zero | tr '\0' '\377' | overwrite damaged 2000000
	"$here/repack" "$kernel" gzip flipped || { problem 'could not pack the kernel anew'; return; }
	# the last 8 bytes are gzip's CRC and the size
	tail -c 8 flipped | head -c 1 | tr '\0-\377' '\1-\377\0' |
		overwrite flipped $(($(stat -c %s flipped) - 8))
	grub_machine i386-pc vmlinuz initrd.gz no-note damaged flipped fixed -- -m 256 <<-CONFIG || return 0
		for kernel in no-note flipped damaged damaged damaged damaged damaged; do
			echo "REFUSED \$kernel"
			pvhboot /\$kernel
		done
		pvhboot /fixed
		pvhmodule /initrd.gz
		cutmem 16M 17M
		echo 'REFUSED fixed'
		boot
		echo 'REFUSED nothing'
		pvhboot /vmlinuz $cmdline
		pvhmodule /initrd.gz
		boot
	CONFIG
	check_refusals no-note 1 'error: NOTPVH: note: kernel: '
	check_refusals flipped 1 'error: CORRUPT: unpack: '
	check_refusals damaged 5 'error: CORRUPT: unpack: '
	check_refusals fixed 1 'error: RANGE: plan: segment 0 '
	check_refusals nothing 0 'error: '
	! check_ended || check_guest "$cmdline"
}

overwrite() { # FILE OFFSET
	dd of="$1" bs=64K oflag=seek_bytes seek="$2" conv=notrunc status=none
}

# The entry state, which Linux does not look at. (Firmware for EFI has the probe's address.)
boot_probe_grub() {
	probe_files
	module_cmdline="payload.token=$SRANDOM and more"
	grub_machine i386-pc probe.elf payload <<-CONFIG || return 0
		pvhboot /probe.elf $cmdline
		pvhmodule /payload $module_cmdline
		boot
	CONFIG
	check_equal "QEMU's status" 33 "$status"
	check_probe "$cmdline" "$module_cmdline"
	check_registers
}

# GRUB's module boots the Debian kernel NAME, and everything arrives. CHANGE is as in
# linux_arrives. A command that GRUB does first is in the variable before.
grub_boots_linux() { # PLATFORM NAME [CHANGE ARGUMENT...]
	guest_files "$2" || return 0
	if [[ $# -gt 2 ]]; then
		"${@:3}" || { problem "could not ${*:3} the kernel"; return; }
	fi
	grub_cmdline
	grub_machine "$1" vmlinuz initrd.gz <<-CONFIG || return 0
		${before:-}
		pvhboot /vmlinuz $cmdline
		pvhmodule /initrd.gz
		pvhplan
		boot
	CONFIG
	check_ended || return 0
	check_guest "$cmdline"
	grep -q 'ACPI: RSDP 0x' log || problem 'the kernel found no ACPI root pointer'
	# EFI firmware has a map of its own, and cutmem takes a bit of low memory for itself
	[[ $1 == i386-pc && -z ${before:-} ]] || return 0
	given_map >given
	check_guest_map given
}

# GRUB said this, in one line, as often as it was given that kernel.
check_refusals() { # KERNEL TIMES HOW THE LINE BEGINS
	awk -v "k=REFUSED $1" '/^REFUSED / { on = $0 == k; next } /^error: / && on' log >said
	check_equal "lines that $1 was refused with" "$2" "$(wc -l <said)"
	check_equal "those that begin with '$3'" "$2" "$(grep -c -F -e "$3" said)"
}

# GRUB quotes what it read in quotes.
grub_cmdline() {
	cmdline="console=ttyS0 panic=-1 no_timer_check pvhtest.token=$SRANDOM pvhtest.comma=a,b"
	cmdline+=' "pvhtest.quoted=two  spaces"'
}

# Builds the module and a CD with these files, and runs the commands that it reads. The line of GRUB's
# terminal is as wide as it can be: it would break longer ones.
grub_machine() { # PLATFORM FILE... [-- QEMU'S ARGUMENT...]
	local platform=$1 kind=i386-regparm only='biosdisk' firmware=()

	shift
	if [[ $platform == x86_64-efi ]]; then
		kind=x86_64-large only='' firmware=(-bios /usr/share/ovmf/OVMF.fd)
	fi
	"$root/examples/grub/build" "$platform" grub "$built/lib/libpvhboot-core-$kind.a" \
		>build.log 2>&1 || {
		problem "GRUB's module could not be built: $(tail -n 1 build.log)"
		return 1
	}
	"$root/tests/symbol_test" grub grub/pvhboot.mod >symbols.log 2>&1 ||
		problem "GRUB refuses such a module: $(head -n 1 symbols.log)"
	mkdir -p cd/boot/grub
	while [[ $# -gt 0 && $1 != -- ]]; do
		cp -L "$1" cd
		shift
	done
	{
		printf '%s\n' 'serial --unit=0 --speed=115200' 'terminfo -g 255x100 serial dumb' \
			'terminal_output serial'
		cat
		echo halt # where nothing was booted
	} >cd/boot/grub/grub.cfg
	grub-mkrescue -d grub --install-modules="$only iso9660 normal serial terminfo echo halt pvhboot" \
		--locales= --fonts= --themes= -o cd.iso cd >cd.log 2>&1 || {
		problem "grub-mkrescue could not make a CD: $(tail -n 1 cd.log)"
		return 1
	}
	rm -r cd
	machine_of_cd cd.iso "${firmware[@]}" "${@:2}"
}
