# shellcheck shell=bash disable=SC2154 # variables that run sets
# Boots of examples/kvm-boot, on KVM in an emulated machine.

# The memory of this guest is 256 MiB. There is no CMOS clock and no keyboard, for which Linux would
# look ten thousand times. Its clock runs as the emulation can, so that Linux must be told instead of
# measuring it: https://docs.kernel.org/admin-guide/kernel-parameters.html
boot_kvm() {
	kvm_guest || return 0
	kvm_arrives "--module /initrd.gz --cmdline \"\$(cat /cmdline)\" /vmlinuz" cmdline vmlinuz initrd.gz
}

# In 64-bit mode, at an address that nobody here knows.
boot_kvm_linux64() {
	extra=pvhtest.kernel
	linux_entry=linux64
	kvm_guest || return 0
	kvm_arrives "--entry linux64 --kaslr --random --module /initrd.gz --cmdline \"\$(cat /cmdline)\" /vmlinuz" \
		cmdline vmlinuz initrd.gz
	check_moved
}

boot_kvm_bzimage64() { kvm_as_it_is bzimage64; }

boot_kvm_bzimage32() { kvm_as_it_is bzimage32; }

kvm_as_it_is() { # ENTRY
	linux_entry=$1
	kvm_guest || return 0
	kvm_arrives "--entry $1 --module /initrd.gz --cmdline \"\$(cat /cmdline)\" /vmlinuz" \
		cmdline vmlinuz initrd.gz
}

# Above 4 GiB by the highest of all slots.
boot_kvm_kaslr_high() {
	local code

	extra=pvhtest.kernel
	linux_entry=linux64
	kvm_guest || return 0
	kvm_memory=6G
	kvm_arrives "--kaslr --entropy ffffffffffffffffffffffffffffffff --module /initrd.gz \
		--cmdline \"\$(cat /cmdline)\" /vmlinuz" cmdline vmlinuz initrd.gz
	code=$(logged 'GUEST: code ')
	((0x${code%%-*} >= 0x100000000)) || problem "Kernel code in iomem: expected it above 4 GiB, found '$code'"
	check_page_offset random
}

# The second processor is found by the table of ACPI, and started by INIT and SIPI.
boot_kvm_smp() {
	kvm_guest || return 0
	kvm_arrives "--cpus 2 --module /initrd.gz --cmdline \"\$(cat /cmdline)\" /vmlinuz" \
		cmdline vmlinuz initrd.gz
	check_equal 'processors' 0-1 "$(logged 'GUEST: cpus ')"
}

boot_kvm_uki() {
	kvm_guest && uki_around vmlinuz initrd.gz || return 0
	kvm_arrives /uki.efi uki.efi
}

# Sets cmdline, and puts it here beside the guest's files.
kvm_guest() {
	guest_files cloud-6.1 || return 1
	make_cmdline
	cmdline+=' quiet tsc_early_khz=1000000 lpj=1000000 initcall_blacklist=cmos_init,i8042_init'
	printf %s "$cmdline" >cmdline
}

kvm_arrives() { # KVM-BOOT'S ARGUMENTS, FILE...
	cat >script <<-SCRIPT
		/kvm-boot --memory ${kvm_memory:-256M} $1
		echo "L1: kvm-boot exits with \$?"
	SCRIPT
	kvm_machine "${@:2}" || return 0
	check_ended || return 0
	check_equal "kvm-boot's exit code" 0 "$(logged 'L1: kvm-boot exits with ')"
	check_guest "$cmdline"
	printf '0x0 0xa0000 1\n0x100000 0x10000000 1\n' >given.map
	[[ -z ${kvm_memory:-} ]] ||
		printf '%s\n' '0x0 0xa0000 1' '0x100000 0xc0000000 1' '0x100000000 0x1c0000000 1' >given.map
	check_guest_map given.map
}

boot_kvm_refusals() {
	guest_files cloud-6.1 || return 0
	${CC:-cc} -m32 -nostdlib -static -no-pie -Wl,-Ttext-segment=0x100000 -o guest \
		"$here/guest.S" || { problem 'no small guest'; return; }
	cp "$here/l1-refusals" script
	cp "$("$here/kernel" grub-pvh)" grub || { problem 'no image of GRUB'; return; }
	cp "$loader" chainload.elf
	kvm_machine vmlinuz guest grub chainload.elf || return 0
	check_equal "QEMU's status" 0 "$status"
	grep -qx 'L1: done' log || problem 'QEMU ended before all was tried'

	check_tried no-note 1 'kvm-boot: error: /bin/busybox: NOTPVH: note: kernel: '
	check_tried no-file 1 'kvm-boot: error: cannot read /nothing: No such file'
	check_tried small-memory 1 'kvm-boot: error: /vmlinuz: RANGE: plan: segment 0 at gpa 0x1000000: '
	check_tried large-module 1 'kvm-boot: error: /guest: NOROOM: plan: module 0: '
	check_tried no-memory 2 "kvm-boot: error: '1M' is no memory size from 2M to 1024G"
	check_tried no-cpus 2 "kvm-boot: error: '9' is no number of processors from 1 to 8"
	check_tried state 0 \
		'GUEST: entered with cr0 00000011 cr4 00000000 efer 00000000 eflags 00000002 magic 336ec578|'
	check_tried reset 0 '|'
	check_tried halt 0 '|'
	check_tried gives-up 4 'kvm-boot: error: the guest gave up: it halted for good before it had an interrupt table|'
	check_equal 'GRUB without Xen' \
		'exit 4: Found no Xen signature!|System halted!|kvm-boot: error: the guest gave up: it halted for good before it had an interrupt table|' \
		"$(logged 'L1: grub: ')"
	check_tried chainload 4 'kvm-boot: error: the guest crashed: triple fault|'
	grep -q '^chainload: error: FORMAT: ' log || problem "expected a line 'chainload: error: FORMAT: ...'"
	check_tried fault 4 'kvm-boot: error: the guest crashed: triple fault|'
	check_tried echo 0 'abcdefghijklmnopqrstuvwxyz|'
	check_tried stopped 143 'kvm-boot: error: ended by signal 15'
	check_tried no-permission 3 'kvm-boot: error: cannot open /dev/kvm: Permission denied (errno 13)'
	check_tried no-device 3 'kvm-boot: error: cannot open /dev/kvm: No such file or directory (errno 2)'
	check_tried other-device 3 'kvm-boot: error: KVM_GET_API_VERSION of /dev/kvm: Inappropriate ioctl'
	check_equal 'what was left behind' '' "$(grep '^L1: \(left behind\|not seen\): ' log)"
}

# A machine with AMD's virtualisation, as QEMU emulates it, that runs ./script with kvm-boot and
# these files beside it. Debian's cloud kernel has no KVM.
kvm_machine() { # FILE...
	local kernel

	kernel=$("$here/kernel" 6.1) || { problem 'no kernel 6.1'; return 1; }
	cp "$monitor" kvm-boot
	"$here/l1-kvm" l1.cpio "$(dirname "$kernel")" script kvm-boot "$@" ||
		{ problem 'no initrd for the machine with KVM'; return 1; }
	ln -s "$kernel" l1-vmlinuz
	machine -cpu EPYC,+svm,+npt -m 1536 -kernel l1-vmlinuz -initrd l1.cpio \
		-append 'console=ttyS0 panic=-1 quiet no_timer_check' # a busy host fails the check
	rm l1.cpio # 25 MB that nobody looks at
}

# One line of l1-refusals, where a line feed is '|'.
check_tried() { # NAME CODE HOW THE OUTPUT BEGINS
	local found

	found=$(logged "L1: $1: ")
	[[ $found == "exit $2: $3"* && ${found#*|} == '' ]] ||
		problem "$1: expected 'exit $2: $3...' in one line, found '$found'"
}
