# Of a check's log, what tells why it failed: lines that begin with FAIL or skip and what is
# indented under them; of each of meson's tests that failed its own line and, of what it
# printed, the lines that look like a reason, or else the last ones. Of a log without any of
# these, the end. At most 60 lines.

function show(line) {
	if (++shown <= 60) print substr(line, 1, 400)
}

# What a test printed, kept in text[1..n].
function close_block(  i, found, first) {
	for (i = 1; i <= n && found < 12; i++) {
		if (text[i] ~ reason) {
			show("  " text[i])
			found++
		}
	}
	first = found ? n + 1 : (n > 12 ? n - 11 : 1)
	for (i = first; i <= n; i++) show("  " text[i])
	n = in_block = 0
}

BEGIN {
	reason = ":[FE]:|^ *(FAIL|error)|ERROR|SUMMARY|runtime error|[Aa]ssert|does not hold|they differ|" \
		"^==[0-9]+== ([A-Z]|[0-9,]+ bytes)|: error: |cannot|Permission denied|[Nn]o such|not found"
}

{ sub(/\r$/, "") }
{ last[NR % 25] = $0 }

# ―――, which stands around what a test printed
index($0, "\342\200\225\342\200\225\342\200\225") == 1 {
	if (in_block) close_block()
	else if (failed) in_block = 1
	failed = 0
	next
}
in_block { text[++n] = $0; next }
/^Summary of Failures:/ { summary = 1 }
summary { next }
/^ *[0-9]+\/[0-9]+ .* (FAIL|TIMEOUT|ERROR) / { show($0); failed = 1; under = 0; next }
/^(FAIL|skip)/ { show($0); under = 1; next }
under && /^[ \t]/ { show($0); next }
{ under = 0 }

END {
	if (in_block) close_block()
	if (shown > 60) print "... and " shown - 60 " lines more"
	if (!shown) {
		for (i = NR > 25 ? NR - 24 : 1; i <= NR; i++) print last[i % 25]
	}
}
