# shellcheck shell=bash disable=SC2154 # variables that run sets
# Boots of a kernel of a few instructions that is linked as some kernels are: its .bss is a PT_LOAD
# without flags (Solo5, MirageOS), or it lies at address 0 with its entry there (Mini-OS, KTF).

boot_chainload_bss_flags() { linked_by_chainload 0x200000 0; }

boot_chainload_page_0() { linked_by_chainload 0x0 6; }

# Where boot loaders put the loader itself.
boot_chainload_1mib() { linked_by_chainload 0x100000 6; }

# In the upper third of RAM, where its heap is.
boot_chainload_in_the_way() {
	linked_guest 0x18000000 6 || return 0
	machine -kernel "$loader" -initrd "guest $cmdline,payload"
	check_refused 'OVERLAP: plan: segment 0 at gpa 0x18000000: '
	[[ $(logged 'chainload: in the way ') =~ ^0x[0-9a-f]+-0x1ffe0000\ its\ heap$ ]] ||
		problem "expected a line 'chainload: in the way 0x...-0x1ffe0000 its heap', found '$(logged 'chainload: in the way ')'"
}

boot_kvm_bss_flags() { linked_by_kvm 0x200000 0; }

boot_kvm_page_0() { linked_by_kvm 0x0 6; }

# A domain has no serial port.
boot_xen_page_0() {
	linked_guest 0x0 6 -DPORT=0xe9 || return 0
	xen_machine guest payload <<-SCRIPT
		try linked xen-build guest --memory 16M --cmdline '$cmdline' --module payload
	SCRIPT
	check_domain linked 0
	add_domain_log
	check_linked 0x0
}

linked_by_chainload() { # ADDRESS FLAGS
	linked_guest "$@" || return 0
	machine -kernel "$loader" -initrd "guest $cmdline,payload"
	check_equal "QEMU's status" 0 "$status"
	check_linked "$1"
}

linked_by_kvm() { # ADDRESS FLAGS
	linked_guest "$@" || return 0
	cat >script <<-SCRIPT
		/kvm-boot --memory 16M --cmdline '$cmdline' --module /payload /guest
		echo "L1: kvm-boot exits with \$?"
	SCRIPT
	kvm_machine guest payload || return 0
	check_equal "kvm-boot's exit code" 0 "$(logged 'L1: kvm-boot exits with ')"
	check_linked "$1"
}

# Puts guest and payload here, and sets cmdline. FLAGS are the p_flags of the .bss.
linked_guest() { # ADDRESS FLAGS [COMPILER'S ARGUMENT...]
	cmdline="linked.token=$SRANDOM and  more"
	printf 'payload.token=%s' "$SRANDOM" >payload
	cat >guest.ld <<-SCRIPT
		PHDRS
		{
			text PT_LOAD FLAGS(5);
			bss PT_LOAD FLAGS($2);
			note PT_NOTE FLAGS(4);
		}
		SECTIONS
		{
			. = $1;
			.text : { *(.text) } :text
			.note.Xen : { *(.note.Xen) } :text :note
			. = ALIGN(4096);
			bss_start = .;
			.bss : { *(.bss) } :bss
			bss_end = .;
		}
	SCRIPT
	${CC:-cc} "${@:3}" -m32 -nostdlib -static -no-pie -Wl,-e,start,--build-id=none,-T,guest.ld -o guest \
		"$here/linked.S" 2>ld.log || { problem "no guest: $(tail -n 1 ld.log)"; return 1; }
}

check_linked() { # ADDRESS
	check_equal 'where the guest runs' "$(printf '0x%08x' "$1")" "$(logged 'GUEST: runs at ')"
	check_equal 'command line' "$cmdline" "$(logged 'GUEST: cmdline ')"
	check_equal 'module' "$(<payload)" "$(logged 'GUEST: module ')"
	grep -qx 'GUEST: done' log || problem "the guest was not done: $(tail -n 1 log)"
}
