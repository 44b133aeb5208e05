# shellcheck shell=bash disable=SC2154 # variables that run sets
# What all boots are made of: guests, QEMU, and the comparison of what arrived with what was sent.
# All of it runs in the boot's own directory.

# Sets cmdline. The random part makes sure that it is this run's line that arrives. A comma is
# special to QEMU, quotes and double spaces to whoever splits the line; Linux keeps all as they are.
# panic=-1: a panic ends QEMU (by -no-reboot) instead of waiting for the time limit. no_timer_check:
# Linux counts the ticks of a moment, and panics where a busy host let none of them through. What a
# boot adds is in extra.
make_cmdline() {
	cmdline="console=ttyS0 panic=-1 no_timer_check pvhtest.token=$SRANDOM"
	cmdline+=' pvhtest.comma=a,b pvhtest.quoted="two  spaces"'
	cmdline+=${extra:+ $extra}
}

# Puts vmlinuz and initrd.gz here, for i386 with its busybox. Fixed names, because QEMU ends a name at
# a space or comma.
guest_files() {
	local kernel busybox

	kernel=$("$here/kernel" "$1") || { problem "no kernel $1"; return 1; }
	ln -s "$kernel" vmlinuz
	busybox=$(dirname "$kernel")/busybox
	[[ -f $busybox ]] || busybox=''
	"$here/initrd" initrd.gz "$busybox" || { problem 'no initrd'; return 1; }
}

# Makes uki.efi, a unified kernel image with that kernel and initrd and with cmdline: systemd's stub
# with sections as ukify adds them.
uki_around() { # KERNEL INITRD
	local stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub

	printf %s "$cmdline" >uki.cmdline
	objcopy \
		--add-section .osrel=/etc/os-release --change-section-vma .osrel=0x20000 \
		--add-section .cmdline=uki.cmdline --change-section-vma .cmdline=0x30000 \
		--add-section ".linux=$1" --change-section-vma .linux=0x2000000 \
		--add-section ".initrd=$2" --change-section-vma .initrd=0x3000000 \
		"$stub" uki.efi || { problem 'objcopy could not make a UKI'; return 1; }
}

# Runs QEMU until it ends. Later arguments win over ours. Sets status and seconds, writes log.
# Where the console goes to is in the array console.
# A loader that gives up writes 1 to port 0xf4, and QEMU then ends with status 3.
machine() {
	local begin=${EPOCHREALTIME/./}

	status=0
	timeout --foreground --kill-after=5 "$limit" qemu-system-x86_64 -accel tcg -m 512 -nodefaults -no-reboot \
		-display none "${console[@]}" -device isa-debug-exit,iobase=0xf4,iosize=4 \
		"$@" </dev/null >log.raw 2>&1 || status=$?
	seconds=$(tenths $((${EPOCHREALTIME/./} - begin)))
	# Without carriage returns, zeros and terminal escapes a console's log is plain text.
	tr -d '\r\0' <log.raw | sed 's/\x1b\[[0-9;?]*[a-zA-Z]//g; s/\x1bc//g' >log
	rm log.raw
}

# Ends the machine whose process is in the file pid when it has said a text.
end_at() { # TEXT
	until grep -q "$1" log.raw 2>/dev/null; do sleep 0.1; done
	kill "$(<pid)"
}

# As machine, with the image of a CD as a virtio disk: the BIOS reads it much faster than a CD, and keeps
# 12 KiB for it.
machine_of_cd() { # IMAGE QEMU'S ARGUMENT...
	ram_end=0x1ffdd000
	machine -drive "file=$1,format=raw,if=virtio" "${@:2}"
}

# As machine, until a line of the console has the PATTERN, and no longer.
machine_until() { # PATTERN QEMU'S ARGUMENT...
	local out line pid

	exec {out}< <(exec timeout --foreground --kill-after=5 "$limit" qemu-system-x86_64 -accel tcg -m 512 \
		-nodefaults -no-reboot -display none "${console[@]}" "${@:2}" </dev/null 2>&1)
	pid=$!
	: >log
	while IFS= read -r -u "$out" line; do
		printf '%s\n' "${line%$'\r'}" >>log
		[[ ! $line =~ $1 ]] || break
	done
	exec {out}<&-
	kill "$pid" 2>/dev/null || true
}

tenths() { # microseconds to "N.N s"
	local n=$((($1 + 50000) / 100000))
	echo "$((n / 10)).$((n % 10)) s"
}

problem() { echo "$1" >>problems; }

check_equal() { # WHAT EXPECTED FOUND
	[[ $2 == "$3" ]] || problem "$1: expected '$2', found '$3'"
}

# The text behind PREFIX in the first line of the log that starts with it.
logged() {
	awk -v p="$1" 'index($0, p) == 1 { print substr($0, length(p) + 1); exit }' log
}

check_arrived() {
	if check_ended; then
		check_guest "$cmdline"
		check_memory_map
	fi
}

# QEMU ended because the guest reached user space and powered off. If not, one reason says it all.
check_ended() {
	local error panic

	error=$(logged 'chainload: error: ')
	panic=$(grep -o -m 1 'Kernel panic.*' log) || true
	if [[ -n $error ]]; then
		problem "the loader gave up: $error"
	elif [[ -n $panic ]]; then
		problem "$panic"
	elif [[ $status -eq 124 || $status -eq 137 ]]; then
		problem "not powered off after $limit s"
	elif [[ $status -ne 0 ]]; then
		problem "QEMU: expected status 0, found $status"
	elif ! grep -qx 'GUEST: user space' log; then
		problem 'QEMU ended before the guest reached user space'
	elif ! grep -qx 'GUEST: done' log; then
		problem 'QEMU ended before the guest was done'
	else
		return 0
	fi
	return 1
}

check_guest() { # CMDLINE
	check_equal 'command line' "$1" "$(logged 'GUEST: cmdline ')"
	check_equal 'sha256 of the payload' "$(<initrd.gz.sha256)" "$(logged 'GUEST: payload ')"
}

# What QEMU 7.2 gives to a Multiboot kernel on a PC, and its BIOS to a boot loader: START END TYPE,
# ends exclusive. The PC has 512 MiB, or 6 GiB where the variable large says so. RAM that the
# BIOS does not keep ends at ram_end.
given_map() {
	cat <<-'MAP'
		0x0 0x9fc00 1
		0x9fc00 0xa0000 2
		0xf0000 0x100000 2
		0xfffc0000 0x100000000 2
		0xfd00000000 0x10000000000 2
	MAP
	if [[ -n ${large:-} ]]; then
		printf '%s\n' '0x100000 0xbffe0000 1' '0xbffe0000 0xc0000000 2' '0x100000000 0x1c0000000 1'
	else
		printf '%s\n' "0x100000 ${ram_end:=0x1ffe0000} 1" "$ram_end 0x20000000 2"
	fi
	[[ ! -f reserved.map ]] || cat reserved.map
}

# The map that was given against the one that the loader says it handed over, and that one against
# the map in /sys/firmware.
check_memory_map() {
	grep '^chainload: memmap ' log >loader.map || {
		problem "console: expected lines 'chainload: memmap ...', found none"
		return
	}
	if grep -vxE 'chainload: memmap 0x[0-9a-f]+-0x[0-9a-f]+ [0-9]+' loader.map >bad.map; then
		problem "console: expected 'chainload: memmap 0xSTART-0xEND TYPE', found '$(head -n 1 bad.map)'"
		return
	fi
	sed -i -e 's/^chainload: memmap //; s/-/ /' loader.map
	check_equal 'memory map of the loader, as Linux would keep it' \
		"$(given_map | as_linux_keeps_it | sort)" "$(as_linux_keeps_it <loader.map | sort)"
	check_guest_map loader.map
}

# The map in /sys/firmware of the guest, against one that it should have.
check_guest_map() { # FILE
	local expected found

	as_linux_keeps_it <"$1" | sort >expected.map
	sed -n 's/^GUEST: memmap //p' log | sort >found.map
	cmp -s expected.map found.map && return
	expected=$(comm -23 expected.map found.map | paste -sd ';')
	found=$(comm -13 expected.map found.map | paste -sd ';')
	problem "memory map: expected '${expected:-no further entry}', found '${found:-no further entry}'"
}

# Reads lines "START END TYPE", END exclusive; prints the map as Linux shows it in /sys/firmware:
# ends inclusive, neighbours of one type merged, and where entries overlap the highest type wins
# (e820__update_table). The PVH entry of Linux adds the ISA hole as reserved; where the kernel is
# entered otherwise, the variable linux_entry says how.
as_linux_keeps_it() {
	local names=([1]='System RAM' [2]='Reserved' [3]='ACPI Tables' [4]='ACPI Non-volatile Storage'
		[5]='Unusable memory' [7]='Persistent Memory')
	local starts=() ends=() types=()
	local start end type i point previous=0 current=0 covering points

	[[ -n ${linux_entry:-} ]] || starts=(0xa0000) ends=(0x100000) types=(2)

	while read -r start end type; do
		starts+=("$start") ends+=("$end") types+=("$type")
	done
	mapfile -t points < <(for i in "${starts[@]}" "${ends[@]}"; do echo $((i)); done | sort -nu)

	for point in "${points[@]}"; do
		covering=0
		for i in "${!starts[@]}"; do
			((starts[i] <= point && point < ends[i] && types[i] > covering)) &&
				covering=${types[i]}
		done
		((covering != current)) || continue
		((current == 0)) ||
			printf '0x%x-0x%x %s\n' "$previous" $((point - 1)) "${names[current]:-type $current}"
		previous=$point current=$covering
	done
}
