# shellcheck shell=bash disable=SC2154 # variables that run sets
# Boots by the EFI entry, without firmware: lib/guest/efi.

boot_efi_lz4() { efi_arrives cloud-6.1; }

boot_efi_xz() { efi_arrives 6.1; }

boot_efi_zstd() { efi_arrives 6.12; }

# Module 0 is the image, module 1 its initrd.
efi_arrives() { # NAME
	guest_files "$1" || return 0
	make_cmdline
	machine -kernel "$loader" \
		-initrd "$environment pvhboot.efi=log ${cmdline//,/,,},vmlinuz,initrd.gz"
	check_efi
	grep -q '^EFI stub: Loaded initrd from LINUX_EFI_INITRD_MEDIA_GUID' log ||
		problem 'the initrd was not loaded from its device path'
}

boot_efi_uki() {
	efi_uki || return 0
	efi_machine
	check_efi
}

# QEMU's own processor has pages of 2 MiB alone.
boot_efi_6g() {
	efi_uki || return 0
	efi_machine -m 6G
	check_efi
	efi_machine -m 6G -cpu max
	check_efi
}

# QEMU passes one module to a PVH kernel.
boot_efi_packed() {
	guest_files cloud-6.1 || return 0
	make_cmdline
	printf '%s\n' vmlinuz initrd.gz | cpio -o -L -H newc >guest.cpio 2>/dev/null
	machine -kernel "$environment" -initrd guest.cpio -append "pvhboot.efi=log $cmdline"
	check_efi
	head -c 100000 guest.cpio >cut
	machine -kernel "$environment" -initrd cut
	check_equal 'half an archive' \
		'pvhboot-efi: expected files of a cpio archive up to its trailer (found 0x0, bound 0x186a0)' \
		"$(grep -a -o 'pvhboot-efi: .*' log)"
}

# The loader has an environment inside.
boot_efi_chainload() {
	guest_files cloud-6.1 || return 0
	make_cmdline
	machine -kernel "$loader" -append entry=efi \
		-initrd "vmlinuz pvhboot.efi=log ${cmdline//,/,,},initrd.gz"
	check_efi
	[[ $(logged 'chainload: entry ') == *' efi' ]] ||
		problem "expected an entry by efi, found '$(logged 'chainload: entry ')'"
}

# Without a timer that Linux could measure its clock by.
boot_efi_microvm() {
	extra='tsc_early_khz=1000000 lpj=1000000'
	efi_uki || return 0
	efi_machine -M microvm,acpi=on,rtc=on
	check_efi
}

# The stub's own code starts the kernel, by LoadImage and StartImage.
efi_uki() {
	guest_files cloud-6.12 || return 1
	make_cmdline
	uki_around vmlinuz initrd.gz
}

efi_machine() { # QEMU'S ARGUMENT...
	machine -kernel "$environment" -initrd uki.efi -append pvhboot.efi=log "$@"
}

check_efi() {
	check_ended || return 0
	check_guest "$cmdline"
	[[ $cmdline == *' quiet '* ]] || grep -q 'efi: EFI v2\.70* by pvhboot' log ||
		problem 'the kernel does not know of EFI'
	grep -q 'pvhboot-efi: boot services end' log || problem 'boot services did not end'
}

# The only module is the image, so the initrd is in it.
boot_efi_xl() {
	domain_guest && uki_around vmlinuz initrd.gz || return 0
	cp "$environment" environment
	cat >domain.xl <<-'CONFIG'
		type = "pvh"
		name = "efi"
		memory = 192
		kernel = "environment"
		ramdisk = "uki.efi"
		cmdline = "pvhboot.efi=log"
		on_reboot = "destroy"
		on_crash = "destroy"
	CONFIG
	xl_machine environment uki.efi domain.xl <<-'SCRIPT'
		try efi ./xl create -F domain.xl
		tr -d '\0' <guest-efi.log
	SCRIPT
	check_efi
	check_domain efi 0
}

boot_efi_hypervisor() {
	guest_files 6.1 || return 0
	make_cmdline
	cmdline=${cmdline/ttyS0/hvc0}
	efi_hypervisor vmlinuz || return 0
	machine -m 768 -kernel "$environment" -initrd xen.efi -append pvhboot.efi=log
	check_ended || return 0
	check_guest "$cmdline"
	grep -q '^(XEN) EFI RAM map:' log || problem 'Xen does not know of EFI'
	grep -q 'pvhboot-efi: boot services end' log || problem 'boot services did not end'
}

# Makes xen.efi, with all that it needs in sections, by names that its docs/misc/efi.pandoc has.
efi_hypervisor() { # KERNEL
	local xen

	xen=$("$here/kernel" xen-efi) || { problem 'no Xen for EFI'; return 1; }
	cat >config <<-CONFIG
		[global]
		default=xen
		[xen]
		options=console=com1 com1=115200,8n1 dom0_mem=384M
		kernel=$1 $cmdline
		ramdisk=initrd.gz
	CONFIG
	objcopy \
		--add-section .config=config --change-section-vma .config=0xffff82d041000000 \
		--add-section ".kernel=$1" --change-section-vma .kernel=0xffff82d041100000 \
		--add-section .ramdisk=initrd.gz --change-section-vma .ramdisk=0xffff82d042400000 \
		"$xen" xen.efi || { problem 'objcopy could not add to Xen'; return 1; }
}

# One service at a time is not there. "boots": the image starts all the same, Linux with its initrd;
# "ends": it gives up, and comes back; "faults". What is said then stands behind.
boot_efi_services() {
	local begin=${EPOCHREALTIME/./} images service outcome said image found

	guest_files cloud-6.1 || return 0
	ln -s "$("$here/kernel" cloud-6.12)" 6.12
	mv vmlinuz 6.1
	cmdline='console=ttyS0 earlyprintk=ttyS0,115200 panic=-1'
	uki_around 6.1 initrd.gz && efi_hypervisor 6.1 || return 0
	while read -r images service outcome said; do
		"$here/efi-without" "$environment" "EFI_$service" without.elf || { problem "$service"; return; }
		for image in ${images//,/ }; do
			efi_image_starts "$image"
			found=$(sed -n 's/.*pvhboot-efi: the image has ended with .*/ends/p
				s/.*pvhboot-efi: exception .*/faults/p
				s/.*\(Linux version\|(XEN) Xen version\) .*/boots/p' log)
			check_equal "$image without $service" "$outcome" "$found"
			grep -qF "$said" log || problem "$image without $service: expected '$said'"
		done
	done <<-'TABLE'
		6.1,6.12 HANDLE_PROTOCOL ends
		6.1,6.12 ALLOCATE_PAGES ends
		6.1,6.12 ALLOCATE_POOL ends
		6.1,6.12 GET_MEMORY_MAP ends Failed to decompress kernel
		6.1,6.12 EXIT_BOOT_SERVICES ends
		6.1,6.12 LOCATE_DEVICE_PATH ends Failed to load initrd
		6.1,6.12 INSTALL_CONFIGURATION_TABLE ends
		6.1,6.12 FREE_POOL boots Loaded initrd
		6.1,6.12 LOCATE_PROTOCOL boots Loaded initrd
		6.1,6.12 LOCATE_HANDLE boots Loaded initrd
		6.1,6.12 GET_VARIABLE boots Could not determine UEFI Secure Boot status
		6.1,6.12 SET_VIRTUAL_ADDRESS_MAP boots Loaded initrd
		uki OPEN_PROTOCOL ends
		uki LOAD_IMAGE ends
		uki START_IMAGE ends
		uki INSTALL_MULTIPLE_PROTOCOLS ends
		uki GET_VARIABLE boots
		uki SET_VARIABLE boots
		xen HANDLE_PROTOCOL ends
		xen FREE_PAGES boots
		xen LOCATE_PROTOCOL boots
		xen LOCATE_HANDLE boots
		xen QUERY_VARIABLE_INFO boots
	TABLE
	seconds=$(tenths $((${EPOCHREALTIME/./} - begin)))
}

efi_image_starts() { # IMAGE
	local until='Linux version|\(XEN\) Xen version|pvhboot-efi: (the image has ended|exception)'

	case $1 in
	uki) machine_until "$until" -kernel without.elf -initrd uki.efi ;;
	xen) machine_until "$until" -m 768 -kernel without.elf -initrd xen.efi ;;
	*) machine_until "$until" -kernel "$loader" -initrd "without.elf ${cmdline//,/,,},$1,initrd.gz" ;;
	esac
}

# QEMU's BIOS says where it lies, and does so each time. Without the word Linux finds none.
boot_efi_smbios() {
	local address word

	efi_uki || return 0
	console=(-debugcon stdio -global isa-debugcon.iobase=0x402)
	machine -kernel "$environment"
	address=$(sed -n 's/^Copying SMBIOS from .* to 0x0*/0x/p' log)
	[[ -n $address ]] || { problem 'the BIOS does not say where SMBIOS lies'; return; }
	console=(-serial stdio)
	for word in "log,smbios=$address" log; do
		efi_machine -append "pvhboot.efi=$word"
		check_efi
		check_equal "SMBIOS with $word" "$([[ $word == log ]] || echo "SMBIOS=$address")" \
			"$(grep '^\[.* efi: ' log | grep -o 'SMBIOS=0x[0-9a-f]*')"
		check_equal "DMI with $word" "$([[ $word == log ]] || echo 1)" "$(grep -c -m 1 ' DMI: QEMU ' log | tr -d 0)"
	done
}

# The kernel with one flag of a section taken away: .text cannot be run then, nor .data be written. The
# error code tells which.
boot_efi_protected() {
	local section error at

	guest_files cloud-6.1 || return 0
	while read -r section error; do
		cp -L vmlinuz less
		chmod +w less
		at=$(LC_ALL=C grep -abo -m 1 "$section" vmlinuz | head -n 1 | cut -d : -f 1)
		printf '\x40' | dd of=less bs=1 seek=$((at + 39)) conv=notrunc status=none
		machine -kernel "$environment" -initrd less -append pvhboot.efi=log
		check_equal "$section: QEMU's status" 0 "$status"
		grep -q "^pvhboot-efi: exception 0xe at 0x[0-9a-f]* (error code $error, " log ||
			problem "$section: expected exception 0xe with error code $error"
	done <<-'TABLE'
		\.text 0x11
		\.data 0x3
	TABLE
}

boot_efi_refusals() {
	local name line found

	efi_uki || return 0
	head -c 4096 /dev/zero >zeros
	head -c 65536 uki.efi >cut
	cp /usr/lib/systemd/boot/efi/systemd-bootx64.efi other
	printf '\x4c\x01' | dd of=other bs=1 seek=$((0x84)) conv=notrunc 2>/dev/null
	while read -r name line; do
		machine -kernel "$environment" ${name:+-initrd "$name"} -append pvhboot.efi=log
		check_equal "$name: QEMU's status" 0 "$status"
		found=$(grep -a -o 'pvhboot-efi: .*' log)
		# shellcheck disable=SC2053 # the line is a pattern: sizes differ from stub to stub
		[[ $found == "pvhboot-efi: "$line ]] || problem "$name: expected '$line', found '$found'"
	done <<-'TABLE'
		zeros expected a PE file, which begins with MZ (found 0x0, bound 0x5a4d)
		cut expected a section's bytes in the file (found 0x*, bound 0x10000)
		other expected an image for x86-64 (found 0x14c, bound 0x8664)
	TABLE
	machine -kernel "$environment"
	check_equal 'no module' 'pvhboot-efi: expected an EFI image as the first module (found 0x0, bound 0x1)' \
		"$(grep -a -o 'pvhboot-efi: .*' log)"
}

boot_efi_kvm() {
	kvm_guest || return 0
	cmdline="pvhboot.efi=log $cmdline"
	printf %s "$cmdline" >cmdline
	cat >script <<-'SCRIPT'
		/kvm-boot --memory 256M --entry efi --module /initrd.gz --cmdline "$(cat /cmdline)" /vmlinuz
		echo "L1: kvm-boot exits with $?"
	SCRIPT
	kvm_machine cmdline vmlinuz initrd.gz || return 0
	cmdline=${cmdline#* }
	check_efi
	check_equal "kvm-boot's exit code" 0 "$(logged 'L1: kvm-boot exits with ')"
}

# Without ResetSystem there is no way to switch a domain off, so that Linux halts. An image that cannot
# be loaded is a restart, by the same hypercall.
boot_efi_xen() {
	domain_guest || return 0
	cp "$environment" environment
	xen_machine environment vmlinuz initrd.gz <<-SCRIPT
		xen-build vmlinuz --memory 128M --entry efi --module initrd.gz \
			--cmdline 'pvhboot.efi=log $cmdline'
		echo "DOM0: efi: exit \$?"
		count efi
		xen-build vmlinuz --memory 128M --entry efi --module initrd.gz \
			--cmdline 'efi=noruntime $cmdline'
		try restarts xen-build environment --memory 128M --module script
	SCRIPT
	check_efi
	check_domain efi 0
	check_domain restarts 11 # 10 and SHUTDOWN_reboot, which no halt gives
	check_equal 'how Linux ended: by EFI, without its runtime services, and in the control domain' \
		'Power down;System halted;Power down' "$(sed -n 's/.* reboot: //p' log | paste -sd ';')"
}
