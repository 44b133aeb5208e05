# shellcheck shell=bash disable=SC2154 # variables that run sets
# Boots of examples/xen-build, in Xen's control domain in an emulated machine.

# A guest that halts, one that faults, one that does neither until xen-build is interrupted, two that
# write nonsense into the rings of console and xenstore, and one whose console cannot be shown.
boot_xen_tiny() {
	tiny_guest || return 0
	xen_machine tiny <<-SCRIPT
		try halts xen-build tiny --memory 16M --cmdline 'pvhtest.token=$SRANDOM'
		try faults xen-build tiny --memory 2M --cmdline '!pvhtest.token=$SRANDOM'
		try stays interrupt TINY: xen-build tiny --memory 3M --cmdline '@pvhtest.token=$SRANDOM'
		try lies xen-build tiny --memory 3M --cmdline '#pvhtest.token=$SRANDOM'
		try store xen-build tiny --memory 3M --cmdline '%pvhtest.token=$SRANDOM'
		try full sh -c 'xen-build tiny --memory 3M --cmdline @ >/dev/full'
	SCRIPT
	check_domain halts 0 "TINY: $(sent halts)"
	check_domain faults 11 "TINY: $(sent faults)" # 10 and SHUTDOWN_reboot
	check_domain stays 130 "TINY: $(sent stays)"
	check_domain lies 0 "TINY: $(sent lies)"
	check_domain store 0 "TINY: $(sent store)"
	grep -q '^DOM0: store: said xen-build: domain [0-9]*: xenstore: expected at most 1024 bytes' log ||
		problem 'store: expected a line that tells of the nonsense, found none'
	check_domain full 1 'xen-build: write to standard output: No space left on device'
}

boot_xen_linux() {
	domain_guest || return 0
	domain_arrives "vmlinuz --module initrd.gz --cmdline '$cmdline'" vmlinuz initrd.gz
}

# At an address that nobody here knows.
boot_xen_linux64() {
	extra=pvhtest.kernel
	linux_entry=linux64
	domain_guest || return 0
	domain_arrives "vmlinuz --entry linux64 --kaslr --random --module initrd.gz --cmdline '$cmdline'" \
		vmlinuz initrd.gz
	grep -q '^xen-build: domain [0-9]*: linux64 entry, ' log ||
		problem "expected a line 'xen-build: domain N: linux64 entry, ...' without the address"
	check_moved
}

boot_xen_bzimage64() { xen_as_it_is bzimage64; }

boot_xen_bzimage32() { xen_as_it_is bzimage32; }

xen_as_it_is() { # ENTRY
	linux_entry=$1
	domain_guest || return 0
	domain_arrives "vmlinuz --entry $1 --module initrd.gz --cmdline '$cmdline'" vmlinuz initrd.gz
}

boot_xen_uki() {
	domain_guest && uki_around vmlinuz initrd.gz || return 0
	domain_arrives uki.efi uki.efi
}

# Puts the guest's files here, and sets cmdline.
domain_guest() {
	guest_files cloud-6.1 || return 1
	make_cmdline
	cmdline=${cmdline/ttyS0/hvc0}
}

domain_arrives() { # XEN-BUILD'S ARGUMENTS, FILE...
	xen_machine "${@:2}" <<-SCRIPT
		xen-build $1 --memory 128M
		echo "DOM0: linux: exit \$?"
		count linux
	SCRIPT
	if check_ended; then
		check_guest "$cmdline"
		check_domain linux 0
		printf '%s\n' '0x0 0x7fff000 1' '0x7fff000 0x8000000 3' '0xfeff8000 0xff000000 2' >given.map
		check_guest_map given.map
	fi
}

# Kernels that need not move: libxenguest cannot move one. It unpacks modules that start like a gzip
# file, so the module does not.
boot_xen_peer() {
	tiny_guest && guest_files cloud-6.1 || return 0
	ln -s "$("$here/kernel" cloud-6.12)" relocatable
	xen_machine tiny vmlinuz relocatable "$xen_peer" <<-'SCRIPT'
		{ echo module; dd if=/dev/urandom bs=10001 count=20 2>/dev/null; } >module
		try tiny ./xen-peer tiny 16 module
		try lz4 ./xen-peer vmlinuz 128 module
		try zstd ./xen-peer relocatable 128 module
	SCRIPT
	check_domain tiny 0 'entry 0x101000: the same state'
	check_domain lz4 0 'entry 0x1000'
	check_domain zstd 0 'entry 0x1000'
}

# The same file that Multiboot starts has a PVH note too.
boot_chainload_xen() {
	guest_files cloud-6.1 || return 0
	make_cmdline
	cmdline=${cmdline/ttyS0/hvc0}
	cp "$loader" chainload.elf
	xen_machine chainload.elf vmlinuz initrd.gz <<-SCRIPT
		xen-build chainload.elf --memory 192M --module 'vmlinuz=$cmdline' --module initrd.gz
		echo "DOM0: chainload: exit \$?"
		count chainload
	SCRIPT
	if check_ended; then
		check_guest "$cmdline"
		check_domain chainload 0
	fi
}

# A loader that gives up is a domain that crashes: 10 and SHUTDOWN_crash.
boot_chainload_xen_crash() {
	cp "$loader" chainload.elf
	xen_machine chainload.elf <<-'SCRIPT'
		try no-kernel xen-build chainload.elf --memory 32M --module script
	SCRIPT
	check_domain no-kernel 13
	grep -q '^(d1) chainload: error: FORMAT: ' log ||
		problem "expected a line '(d1) chainload: error: FORMAT: ...', found '$(logged '(d1) chainload: error: ')'"
}

# GRUB asks the xenstore for its disks before it prompts. None is the answer: of a xenstored, and of
# xen-build when that one has died and left its socket.
boot_xen_grub() {
	local grub

	grub=$("$here/kernel" grub-pvh) || { problem 'no GRUB'; return; }
	ln -s "$grub" grub
	store_machine grub <<-'SCRIPT'
		start_xenstored
		try introduced interrupt 'grub>' xen-build grub --memory 64M
		killall -9 xenstored
		try alone interrupt 'grub>' xen-build grub --memory 64M
	SCRIPT
	check_prompt introduced
	check_prompt alone
	check_equal 'domains that a xenstored has answered' 'introduced' \
		"$(sed -n 's/^DOM0: \(.*\): said .*: introduced to xenstored$/\1/p' log)"
}

# A GRUB that is no PVH kernel, in a Xen that is one. On a processor like qemu64, of 2006, that Xen
# writes to a register which the Xen around it does not have.
boot_xen_shim() {
	local shim grub xen_cpu=EPYC,-smap,-smep

	shim=$("$here/kernel" xen-shim) || { problem 'no shim'; return; }
	grub=$("$here/kernel" grub-pv) || { problem 'no GRUB'; return; }
	ln -s "$shim" shim
	ln -s "$grub" grub
	xen_machine shim grub <<-'SCRIPT'
		try shim interrupt 'grub>' xen-build shim --memory 192M --cmdline 'pv-shim console=xen,pv' --module grub
	SCRIPT
	check_prompt shim
}

check_prompt() { # NAME
	check_domain "$1" 130
	grep -q "^DOM0: $1: said .*grub>" log || problem "$1: expected GRUB's prompt, found none"
}

# Of the last three, the domain is there already when they fail: with some of its memory, with all of
# it and a part mapped, and with its rings mapped.
boot_xen_refusals() {
	tiny_guest && guest_files cloud-6.1 || return 0
	xen_machine tiny vmlinuz <<-'SCRIPT'
		dd if=/dev/zero of=module bs=1M count=32 2>/dev/null
		try no-file xen-build nothing --memory 64M
		try no-note xen-build /bin/busybox --memory 64M
		try small xen-build vmlinuz --memory 32M
		try module xen-build vmlinuz --memory 80M --module module
		try large xen-build tiny --memory 2G
		try limit sh -c 'ulimit -v 60000; xen-build tiny --memory 64M --module module'
		rmmod xen-evtchn
		try port xen-build tiny --memory 2M
	SCRIPT
	check_equal 'lines that tell of seven failures, and of one domain built' 8 "$(grep -c '^DOM0: .*: said ' log)"
	check_domain no-file 1 'xen-build: cannot read nothing: No such file or directory'
	check_domain no-note 1 'xen-build: NOTPVH: note: kernel: '
	check_domain small 1 'xen-build: RANGE: plan: segment 0 at gpa 0x1000000: '
	check_domain module 1 'xen-build: NOROOM: plan: module 0: '
	check_domain large 1 'xen-build: xc_domain_populate_physmap_exact: Cannot allocate memory'
	check_domain limit 1 'xen-build: MEMIO: commit: place 3 at gpa '
	check_domain port 1 'xen-build: xenevtchn_open: No such file or directory; is the module'
}

tiny_guest() { tiny_linked tiny 0x100000; }

tiny_linked() { # OUT ADDRESS GCC'S-ARGUMENT...
	gcc -m32 -nostdlib -static -no-pie "-Wl,-Ttext-segment=$2,-e,start,--build-id=none" "${@:3}" \
		-o "$1" "$here/tiny.S" || { problem 'gcc could not make the guest'; return 1; }
}

# Starts Xen, whose control domain has the FILEs and runs the script on standard input. There, try
# NAME COMMAND... is a command of which check_domain NAME tells the outcome.
xen_machine() { # FILE...
	local xen dom0=${dom0_memory:-384}M

	xen=$("$here/xen") || { problem 'no Xen'; return; }
	{
		cat <<-'SCRIPT'
			count() { echo "DOM0: $1: domains $(xen-build --list | wc -l)"; }
			try() {
				name=$1
				shift
				"$@" >output 2>&1
				code=$?
				tr -d '\0' <output | awk -v name="$name" '{ print "DOM0: " name ": said " $0 }'
				echo "DOM0: $name: exit $code"
				count "$name"
			}
			interrupt() { # TEXT COMMAND...: once the guest has said it, which may take ten minutes
				said=$1
				shift
				"$@" &
				tries=0
				until grep -q "$said" output || [ $tries -gt 6000 ]; do
					tries=$((tries + 1))
					sleep 0.1
				done
				kill -INT $!
				wait $!
			}
		SCRIPT
		cat
	} >script
	"$here/dom0" dom0.cpio "$xen" "$xen_build" script "$@" || { problem 'no initrd for dom0'; return; }
	ln -s "$xen/vmlinuz" dom0
	# 384 MiB are for Xen and its guests. npt, because Xen's guests run by nested paging.
	# Each of a guest's vCPUs has a CPU: they wait for each other, and would for their turns.
	machine -m $((${dom0_memory:-384} + 384)) -smp "${vcpus:-1}" -cpu "${xen_cpu:-qemu64,+svm,+npt}" -kernel "$xen/xen.elf" \
		-append "console=com1 com1=115200,8n1 dom0_mem=$dom0,max:$dom0 dom0_max_vcpus=1 guest_loglvl=all" \
		-initrd 'dom0 console=hvc0 quiet,dom0.cpio'
}

# The same with start_xenstored, a command of the script.
store_machine() { # FILE...
	local xen

	xen=$("$here/xen") || { problem 'no Xen'; return; }
	{
		cat <<-'SCRIPT'
			start_xenstored() {
				insmod xen-gntdev.ko
				insmod xenfs.ko
				mkdir -p /run/xen /var/lib/xen
				ln -s /run /var/run
				mount -t xenfs xenfs /proc/xen
				./xenstored
				until [ -e /run/xenstored/socket ]; do sleep 0.1; done
			}
		SCRIPT
		cat
	} >store.script
	xen_machine "$xen"/toolstack/{xenstored,xen-gntdev.ko,xenfs.ko} "$@" <store.script
}

# The token that the script gives to a guest.
sent() { # NAME
	sed -n "s/^try $1 .*--cmdline '\(.*\)'$/\1/p" script
}

# How a command of the control domain ended, what it said (one line that starts so), and that no
# domain but the control domain was left.
check_domain() { # NAME CODE [LINE]
	check_equal "$1: exit code" "$2" "$(logged "DOM0: $1: exit ")"
	check_equal "$1: domains afterwards" 1 "$(logged "DOM0: $1: domains ")"
	[[ $# -lt 3 ]] || grep -qF "DOM0: $1: said $3" log ||
		problem "$1: expected '$3...', found '$(logged "DOM0: $1: said ")'"
}
