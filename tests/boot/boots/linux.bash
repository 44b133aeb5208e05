# shellcheck shell=bash disable=SC2154 # variables that run sets
# Boots through the entries of Linux, most of them by the example loader.

boot_linux64_lz4() { without_note cloud-6.1 lz4; }

boot_linux64_xz() { without_note 6.1 xz; }

boot_linux64_zstd() { without_note cloud-6.12 zstd; }

# By PVH this kernel could not move.
boot_linux64_moved() {
	guest_files cloud-6.1 || return 0
	echo 0x2000000 0x2400000 2 >reserved.map
	enter linux64 'entry=linux64 reserve=0x2000000-0x2400000'
	grep -q '^chainload: entry .* slide 0x[1-9a-f]' log ||
		problem "expected a slide, found '$(logged 'chainload: entry ')'"
}

boot_bzimage64() { as_it_is bzimage64; }

boot_bzimage32() { as_it_is bzimage32; }

boot_i386_686() { guest_files 686 && enter bzimage32; }

boot_i386_686_pae() { guest_files 686-pae && enter pvh; }

boot_i386_686_pae_bzimage32() { guest_files 686-pae && enter bzimage32 entry=bzimage32; }

# What is in its way here, modules that Multiboot put at its address, makes it move.
boot_bzimage_no_codec() {
	guest_files cloud-6.1 || return 0
	make_cmdline
	linux_entry=bzimage64
	machine -kernel "$loader32" -initrd "vmlinuz ${cmdline//,/,,},initrd.gz"
	check_ended || return 0
	check_guest "$cmdline"
	given_map >given.map
	check_guest_map given.map
}

# It never ends by itself.
boot_memtest() {
	local image text='Memtest86+ v'

	image=$("$here/kernel" memtest) || { problem 'no memtest86+'; return; }
	ln -s "$image" memtest
	end_at "$text" &
	machine -pidfile pid -kernel "$loader" -initrd 'memtest console=ttyS0,,115200'
	kill $! 2>/dev/null || true # it may have ended by itself
	check_entry bzimage64
	grep -q "$text" log || problem "expected a line '$text', found '$(tail -n 1 log)'"
}

# The first archive ends off a multiple of 4, where Linux would not look for the second.
boot_initrd_joined() {
	guest_files cloud-6.1 || return 0
	split_initrd || return 0
	make_cmdline
	linux_entry=linux64
	machine -kernel "$loader" -append 'join entry=linux64' \
		-initrd "vmlinuz ${cmdline//,/,,},first.gz,second.gz"
	check_arrived
	check_entry linux64
}

# All is reserved below 4 GiB but the loader, and 46 MiB for the kernel and 1 MiB behind it, where the
# initrd has no room. The loader's heap is above too.
boot_initrd_high() {
	local start

	guest_files cloud-6.1 || return 0
	printf '%s\n' '0x1c0000 0x1000000 2' '0x3f00000 0xbffe0000 2' >reserved.map
	large=yes
	enter linux64 'entry=linux64 high-modules reserve=0x1c0000-0x1000000 reserve=0x3f00000-0xbffe0000' -m 6G
	start=$(sed -n 's/^chainload: place \(0x[0-9a-f]*\)-.* module 0$/\1/p' log)
	((start >= 0x100000000)) || problem "place of the initrd: expected one above 4 GiB, found '$start'"
}

boot_kaslr_lowest() {
	local n

	random_address 0000000000000000 ffffffffffffffff || return 0
	n=$(addresses virtual)
	check_kaslr 0x1000000 $(((n - 1) * 0x200000))
	check_page_offset random
}

# Three lists of relocations, some of them for values in .notes.
boot_kaslr_5_10() { kernel=cloud-5.10 && boot_kaslr_lowest; }

# Two lists, and an entry in the second segment.
boot_kaslr_new() { kernel=cloud-new && boot_kaslr_lowest; }

# PVH has the physical part alone: page_offset_base is as without KASLR.
boot_kaslr_pvh() {
	guest_files cloud-6.12 || return 0
	extra=pvhtest.kernel
	enter pvh 'entry=pvh kaslr entropy=ffffffffffffffff0000000000000000'
	check_equal 'why its virtual address is fixed' 'one of 1 address: entry' "$(logged 'chainload: virtual: ')"
	(($(kernel_start) > 0x1000000)) || problem "the kernel: expected it above 0x1000000, found $(kernel_start)"
	check_kaslr '' 0
	check_page_offset 0xffff888000000000
}

# 1.5 / 475 of all numbers, where there are 473 to 479 addresses.
boot_kaslr_high() {
	local n

	large=yes
	random_address ffffffffffffffff 000000000000cf00 -m 6G || return 0
	n=$(addresses physical)
	((n > 1000)) || problem "addresses in memory: expected more than 1000, found '$n'"
	check_kaslr '' 0x200000
	(($(kernel_start) >= 0x100000000)) || problem "the kernel: expected it above 4 GiB, found $(kernel_start)"
	check_page_offset random
}

# One slide for both, in steps of 16 MiB, below 512 MiB. Such a kernel is relocated wherever it moves.
boot_kaslr_i386() {
	local n

	guest_files 686-pae || return 0
	extra=pvhtest.kernel
	enter pvh 'kaslr entropy=ffffffffffffffff0000000000000000'
	n=$(addresses physical)
	((n > 4)) || problem "addresses in memory: expected more than 4, found '$n'"
	check_kaslr '' $(($(kernel_start) - 0x1000000))
}

boot_kaslr_off() {
	extra=nokaslr
	random_address ffffffffffffffff ffffffffffffffff || return 0
	check_equal 'why its address is fixed' 'one of 1 address: command line' "$(logged 'chainload: physical: ')"
	check_equal 'why its virtual address is' 'one of 1 address: command line' "$(logged 'chainload: virtual: ')"
	check_kaslr 0x1000000 0
	check_page_offset 0xffff888000000000
}

# Without a seed, this CPU without RDRAND is not ready before its devices are.
boot_rng_seed() {
	local seed

	guest_files cloud-6.12 || return 0
	extra='pvhtest.random random.trust_bootloader=on'
	seed=$(head -c 32 /dev/urandom | od -An -v -t x1 | tr -d ' \n')
	enter linux64 "entry=linux64 random entropy=$seed"
	check_equal 'messages' 'crng init done;Kernel command line' \
		"$(sed -n 's/^GUEST: dmesg //p' log | paste -sd ';')"
}

# The Debian kernel NAME without a PVH note, packed by CODEC; which entry it gets is not said.
without_note() { # NAME CODEC
	guest_files "$1" || return 0
	"$here/repack" --no-pvh vmlinuz "$2" packed && mv packed vmlinuz ||
		{ problem "could not pack the kernel by $2"; return; }
	enter linux64
}

as_it_is() { # ENTRY
	guest_files cloud-6.1 || return 0
	enter "$1" "entry=$1"
}

# The loader enters vmlinuz with initrd.gz, and everything arrives.
enter() { # ENTRY [THE LOADER'S COMMAND LINE [QEMU'S ARGUMENT...]]
	linux_entry=${1/pvh/}
	boot_linux -append "${2:-}" "${@:3}"
	check_entry "$1"
}

check_entry() { # NAME
	local found

	found=$(logged 'chainload: entry ')
	check_equal 'entry' "$1" "${found##* }"
}

# Makes of initrd.gz first.gz, with all but the payload, and second.gz.
split_initrd() {
	mkdir tree
	(cd tree && gzip -dc ../initrd.gz | cpio --quiet -idm) || { problem 'cannot unpack initrd.gz'; return 1; }
	(cd tree && find . ! -name payload | cpio --quiet -o -H newc | gzip -n >../first.gz)
	(cd tree && echo payload | cpio --quiet -o -H newc | gzip -n >../second.gz)
	while (($(stat -c %s first.gz) % 4 != 1)); do printf '\0' >>first.gz; done
	rm -r tree
}

# ---- KASLR -------------------------------------------------------------------------------------

# The loader chooses by these numbers of 64 bits, in the order of their bytes in memory.
random_address() { # PHYSICAL VIRTUAL [QEMU'S ARGUMENT...]
	guest_files "${kernel:-cloud-6.12}" || return 1
	extra="${extra:+$extra }pvhtest.kernel"
	enter linux64 "kaslr entropy=$1$2" "${@:3}"
	grep -qx 'GUEST: done' log
}

# Among how many one was chosen.
addresses() { # physical or virtual
	sed -n "s/^chainload: $1: one of \([0-9]*\) address.*/\1/p" log
}

# Where the loader put the kernel.
kernel_start() {
	sed -n 's/^chainload: place \(0x[0-9a-f]*\)-.* segment 0$/\1/p' log
}

# Where the plan is expected to have the kernel, and where the kernel says it is.
check_kaslr() { # ADDRESS, or nothing where any will do; VIRTUAL-SLIDE
	local slide linked=0xffffffff81000000

	[[ -z $1 ]] || check_equal "the kernel's address" "$(printf 0x%x "$1")" "$(kernel_start)"
	slide=$(logged 'chainload: virtual slide ')
	check_equal 'virtual slide' "$(printf 0x%x "$2")" "$slide"
	if [[ -f $(dirname "$(realpath vmlinuz)")/busybox ]]; then
		linked=0xc1000000 # i386, which does not say its offset
	else
		check_equal 'KERNELOFFSET' "${slide#0x}" "$(logged 'GUEST: offset ')"
	fi
	check_equal '_text in kallsyms' "$(printf %x $((linked + slide)))" "$(logged 'GUEST: text ')"
	check_equal 'Kernel code in iomem' "$(printf %08x "$(kernel_start)")" \
		"$(logged 'GUEST: code ' | cut -d - -f 1)"
}

# Where the slide is a secret, the kernel's own words must agree.
check_moved() {
	local offset

	offset=$(logged 'GUEST: offset ')
	check_equal '_text in kallsyms' "$(printf %x $((0xffffffff81000000 + 0x${offset:-0})))" \
		"$(logged 'GUEST: text ')"
	check_page_offset random
}

# Where Linux maps all of the memory: the difference of the virtual and the physical address in the
# program headers of /proc/kcore, which differ by that of the kernel's image alone elsewhere.
check_page_offset() { # ADDRESS, or random: another one than without KASLR
	local found fixed=0xffff888000000000

	logged 'GUEST: kcore ' | base64 -d >kcore
	found=$(page_offset)
	if [[ $1 != random ]]; then
		check_equal 'page_offset_base' "$1" "$found"
	elif [[ ! $found =~ ^0xffff[89a-f] || $found == "$fixed" ]]; then
		problem "page_offset_base: expected another one than $fixed, found '$found'"
	fi
}

# By the lowest PT_LOAD of type RAM: that of page 0 or 1.
page_offset() {
	local vaddr paddr type i

	for ((i = 0; i < $(field 56 2); i++)); do
		type=$(field $((64 + 56 * i)) 4)
		vaddr=$(field $((64 + 56 * i + 16)) 8)
		paddr=$(field $((64 + 56 * i + 24)) 8)
		((type == 1 && paddr >= 0 && paddr < 0x100000)) || continue
		printf '0x%x\n' $((vaddr - paddr))
		return
	done
}

field() { # OFFSET SIZE
	local value

	value=$(od -An -v -t "x$2" -j "$1" -N "$2" kcore)
	echo "0x${value// /}"
}
