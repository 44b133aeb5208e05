/* SPDX-License-Identifier: MIT */
#include "picture_svg.h"

#include "command.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Of a monospaced letter, at most; the font is the reader's. */
#define LETTER 7.3
#define MARGIN 16u
#define BOX 400u
#define BOX_LETTERS 51 /* in a box, beside its margins */
#define PADDING 12u
#define ARROW 18u
#define FUNNEL 36u /* between the columns */
#define HEAD 72u   /* above the columns: title, subtitle, a detail, half a label */
#define LEGEND_LINE 20u
#define SWATCH 14u

/* Gaps from here on are drawn broken. */
#define BROKEN ((uint64_t)16 << 20)

struct canvas {
	FILE *out;
	const struct picture *picture;
	const struct picture_layout *layout;
	unsigned int width;
	int has_details; /* a line of text beside each title */
};

/* As classes and in the legend. */
static const struct {
	const char *class;
	const char *name;
} kinds[PICTURE_N_KINDS] = {
	[PICTURE_HOLE] = { "hole", "not in the map" },
	[PICTURE_RAM] = { "ram", "RAM" },
	[PICTURE_RESERVED] = { "reserved", "reserved" },
	[PICTURE_ACPI] = { "acpi", "ACPI, reclaimable" },
	[PICTURE_NVS] = { "nvs", "ACPI NVS" },
	[PICTURE_UNUSABLE] = { "reserved", "unusable" },
	[PICTURE_DISABLED] = { "reserved", "disabled" },
	[PICTURE_PMEM] = { "pmem", "persistent memory" },
	[PICTURE_SEGMENT] = { "segment", "kernel segment" },
	[PICTURE_SYMBOLS] = { "symbols", "kernel symbols" },
	[PICTURE_MODULE] = { "module", "module" },
	[PICTURE_BLOCK] = { "block", "handed to the kernel" },
	[PICTURE_BLOB] = { "blob", "blob" },
	[PICTURE_AVOID] = { "avoid", "avoided" },
	[PICTURE_DUMP] = { "ram absent", "not in the dump" },
};

/* Media queries stand last, and override. Renderers without them, or without variables, have
 * the light colours. */
static const char style[] =
	"text{font:12px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:#1f2328}\n"
	"text.title{font-size:15px;font-weight:600}\n"
	"text.edge,text.sub{fill:#59636e}\n"
	"text.edge{font-size:11px}\n"
	"rect{stroke:#59636e}\n"
	".paper{fill:#fff;stroke:none}\n"
	".hole{fill:#fff;stroke-dasharray:3 3}\n"
	".ram{fill:#f3f5f7}\n"
	".reserved{fill:#d4d9df}\n"
	".acpi{fill:#f6ecb5}\n"
	".nvs{fill:#dbe7a6}\n"
	".pmem{fill:#d5ecef}\n"
	".segment{fill:#bcd9ff}\n"
	".symbols{fill:#dcd6ff}\n"
	".module{fill:#c3eac9}\n"
	".block{fill:#ffd9ae}\n"
	".blob{fill:#f1cdea}\n"
	"rect.avoid{fill:url(#avoided);stroke:#b3312b}\n"
	".hatch{stroke:#b3312b;stroke-opacity:.4}\n"
	"rect.absent{fill-opacity:.45;stroke-dasharray:1 3}\n"
	"rect.clash{stroke:#d1242f;stroke-width:3}\n"
	".line{stroke:#59636e;fill:none}\n"
	".dash{stroke-dasharray:4 3}\n"
	".cut{stroke:#fff;stroke-width:4}\n"
	".arrow{fill:#1f2328}\n"
	"@media screen and (prefers-color-scheme:dark){\n"
	"text{fill:#e6edf3}\n"
	"text.edge,text.sub{fill:#9198a1}\n"
	"rect{stroke:#7d8590}\n"
	".paper{fill:#0d1117;stroke:none}\n"
	".hole{fill:#0d1117}\n"
	".ram{fill:#1c222b}\n"
	".reserved{fill:#3b434d}\n"
	".acpi{fill:#4d4520}\n"
	".nvs{fill:#38491b}\n"
	".pmem{fill:#1d474d}\n"
	".segment{fill:#1b4272}\n"
	".symbols{fill:#413a78}\n"
	".module{fill:#1f5130}\n"
	".block{fill:#6e4415}\n"
	".blob{fill:#63315a}\n"
	"rect.avoid,.hatch{stroke:#f0837c}\n"
	"rect.clash{stroke:#ff7b72}\n"
	".line{stroke:#7d8590}\n"
	".cut{stroke:#0d1117}\n"
	".arrow{fill:#e6edf3}\n"
	"}\n"
	"@media print{\n"
	"svg{max-width:100%;height:auto}\n"
	"text,text.edge,text.sub,.arrow{fill:#000}\n"
	"rect,.line{stroke:#000}\n"
	".ram{fill:#fff}\n"
	"}\n";

static const char detail_style[] = "text.detail{visibility:hidden;fill:#59636e}\n"
				   ".strip:hover .detail,.strip:focus .detail{visibility:visible}\n"
				   ".strip:hover rect,.strip:focus rect{stroke-width:2.5}\n"
				   ".strip:focus{outline:none}\n"
				   "@media screen and (prefers-color-scheme:dark){"
				   "text.detail{fill:#9198a1}}\n";

/* Text is printable ASCII already; of that, markup is escaped. */
static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}

static void text_at(const struct canvas *canvas, unsigned int x, unsigned int y, const char *class,
		    const char *text)
{
	fprintf(canvas->out, "<text x=\"%u\" y=\"%u\" class=\"%s\">", x, y, class);
	put_text(canvas->out, text);
	fputs("</text>\n", canvas->out);
}

static void text_before(const struct canvas *canvas, unsigned int x, unsigned int y,
			const char *class, const char *text)
{
	fprintf(canvas->out, "<text x=\"%u\" y=\"%u\" text-anchor=\"end\" class=\"%s\">", x, y,
		class);
	put_text(canvas->out, text);
	fputs("</text>\n", canvas->out);
}

static unsigned int width_of(size_t letters)
{
	return (unsigned int)((double)letters * LETTER) + 1;
}

#define MAX_ADDRESS 19 /* "0x" and 16 digits */

static void format_address(char out[MAX_ADDRESS], uint64_t address)
{
	snprintf(out, MAX_ADDRESS, "0x%" PRIx64, address);
}

static const char *range_name(const struct picture_range *range)
{
	return range->name[0] ? range->name : kinds[range->kind].name;
}

#define MAX_LINE (2 * PICTURE_MAX_NAME + 64)

static void name_strip(const struct picture_strip *strip, char out[MAX_LINE])
{
	const char *and_absent = strip->is_absent ? ", not in the dump" : "";
	const char *and_avoided = strip->is_avoided ? ", avoided" : "";

	if (strip->is_first_mib)
		snprintf(out, MAX_LINE, "the first MiB");
	else if (strip->what)
		snprintf(out, MAX_LINE, "%s%s%s%s%s", range_name(strip->what),
			 strip->under ? " over " : "", strip->under ? range_name(strip->under) : "",
			 and_avoided, and_absent);
	else
		snprintf(out, MAX_LINE, "%s%s%s", kinds[strip->ground].name, and_avoided,
			 and_absent);
}

static const char *strip_class(const struct picture_strip *strip)
{
	if (strip->is_first_mib)
		return "ram";
	return kinds[strip->what ? strip->what->kind : strip->ground].class;
}

/* Two strokes through each side, and paper between them. */
static void put_break(const struct canvas *canvas, unsigned int x, unsigned int y)
{
	fprintf(canvas->out,
		"<path class=\"cut\" d=\"M%u %ul12 -6\"/>"
		"<path class=\"line\" d=\"M%u %ul12 -6m-12 6m0 5l12 -6\"/>\n",
		x - 6, y + 3, x - 6, y);
}

static void put_box(const struct canvas *canvas, unsigned int x, unsigned int y, unsigned int width,
		    unsigned int height, const char *class, const char *second_class)
{
	fprintf(canvas->out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" ", x, y, width,
		height);
	fprintf(canvas->out, "class=\"%s%s\"/>\n", class, second_class);
}

static void put_rect(const struct canvas *canvas, const struct picture_strip *strip, unsigned int x,
		     unsigned int y)
{
	put_box(canvas, x, y, BOX, strip->height, strip_class(strip),
		strip->is_absent ? " absent" :
		strip->under     ? " clash" :
				   "");
	if (strip->is_avoided)
		put_box(canvas, x, y, BOX, strip->height, "avoid", "");
}

/* For those who point at it. A page has a line for it too, which shows at once and on screens
 * without a pointer. */
static void put_about(const struct canvas *canvas, const struct picture_strip *strip,
		      const char *name, const char *size)
{
	char line[MAX_LINE + 2 * MAX_ADDRESS + TEXT_MAX_SIZE + PICTURE_MAX_DETAIL + 8];
	const char *more = strip->what ? strip->what->detail : "";

	snprintf(line, sizeof(line), "0x%" PRIx64 "-0x%" PRIx64 ": %s, %s%s%s", strip->start,
		 strip->end, name, size, more[0] ? "; " : "", more);
	fputs("<title>", canvas->out);
	put_text(canvas->out, line);
	fputs("</title>\n", canvas->out);
	if (canvas->has_details)
		text_at(canvas, MARGIN, HEAD - 16, "detail", line);
}

/* As much of a name as has room. */
static void fit(const char *name, size_t letters, char out[BOX_LETTERS + 1])
{
	if (strlen(name) <= letters)
		snprintf(out, BOX_LETTERS + 1, "%s", name);
	else
		snprintf(out, BOX_LETTERS + 1, "%.*s...", (int)letters - 3, name);
}

static void put_strip(const struct canvas *canvas, const struct picture_strip *strip,
		      unsigned int x, unsigned int y)
{
	char name[MAX_LINE], size[TEXT_MAX_SIZE], fitting[BOX_LETTERS + 1];
	const unsigned int middle = y + strip->height / 2 + 4;

	name_strip(strip, name);
	text_size(size, strip->end - strip->start);
	fputs(canvas->has_details ? "<g class=\"strip\" tabindex=\"0\">" : "<g>", canvas->out);
	put_about(canvas, strip, name, size);
	put_rect(canvas, strip, x, y);
	if (picture_has_text(strip)) {
		fit(name, BOX_LETTERS - 1 - strlen(size), fitting);
		text_at(canvas, x + PADDING, middle, "name", fitting);
		text_before(canvas, x + BOX - PADDING, middle, "name", size);
	}
	if (!strip->what && strip->end - strip->start >= BROKEN) {
		put_break(canvas, x, y + strip->height / 2);
		put_break(canvas, x + BOX, y + strip->height / 2);
	}
	fputs("</g>\n", canvas->out);
}

static void put_marks(const struct canvas *canvas, const struct picture_strip *strip,
		      unsigned int x, unsigned int y)
{
	const unsigned int n = (unsigned int)picture_n_marks(canvas->picture, strip);
	unsigned int line = y + strip->height / 2 + 4 - (n > 0 ? n - 1 : 0) * 15 / 2;

	for (size_t i = 0; i < canvas->picture->n_marks; i++) {
		if (!picture_is_marked(&canvas->picture->marks[i], strip))
			continue;
		fprintf(canvas->out, "<path class=\"arrow\" d=\"M%u %ul8 -4v8z\"/>\n",
			x + ARROW - 11, line - 4);
		text_at(canvas, x + ARROW, line, "mark", canvas->picture->marks[i].text);
		line += 15;
	}
}

static void put_edge(const struct canvas *canvas, unsigned int x, unsigned int y, uint64_t address)
{
	char text[MAX_ADDRESS];

	format_address(text, address);
	text_before(canvas, x - PADDING, y + 4, "edge", text);
}

static void put_column(const struct canvas *canvas, const struct picture_column *column,
		       unsigned int x)
{
	const struct picture_strip *strip = &canvas->layout->strips[column->first];

	if (column->n == 0) /* a dump of nothing */
		return;
	for (size_t i = 0; i < column->n; i++, strip++) {
		put_strip(canvas, strip, x, HEAD + strip->y);
		put_marks(canvas, strip, x + BOX, HEAD + strip->y);
		put_edge(canvas, x, HEAD + strip->y, strip->end);
	}
	strip--;
	put_edge(canvas, x, HEAD + strip->y + strip->height, strip->start);
}

/* Room for the widest address of a column. */
static unsigned int edge_width(const struct canvas *canvas, const struct picture_column *column)
{
	char text[MAX_ADDRESS];

	format_address(text, canvas->layout->strips[column->first].end);
	return width_of(strlen(text)) + PADDING;
}

static unsigned int marks_width(const struct canvas *canvas, const struct picture_column *column)
{
	size_t longest = 0;

	for (size_t i = column->first; i < column->first + column->n; i++) {
		for (size_t j = 0; j < canvas->picture->n_marks; j++) {
			const struct picture_mark *mark = &canvas->picture->marks[j];
			const size_t length = strlen(mark->text);

			if (length > longest && picture_is_marked(mark, &canvas->layout->strips[i]))
				longest = length;
		}
	}
	return longest > 0 ? width_of(longest) + ARROW : 0;
}

/* From the strip of the first MiB to the column that shows it. */
static void put_funnel(const struct canvas *canvas, unsigned int from, unsigned int to)
{
	const struct picture_column *low = &canvas->layout->columns[1];
	const struct picture_strip *strip = &canvas->layout->strips[low->first - 1];
	const unsigned int bottom = HEAD + canvas->layout->height;

	fprintf(canvas->out, "<path class=\"line dash\" d=\"M%u %uH%uL%u %uM%u %uH%u\"/>\n", from,
		HEAD + strip->y, to - FUNNEL + PADDING, to,
		HEAD + canvas->layout->strips[low->first].y, from, bottom, to);
}

/* Returns the height of the legend. put: write it too. */
static unsigned int legend(const struct canvas *canvas, unsigned int top, int put)
{
	unsigned int x = MARGIN, y = top;

	for (size_t i = 0; i < PICTURE_N_KINDS; i++) {
		const unsigned int width = SWATCH + PADDING + width_of(strlen(kinds[i].name) + 2);

		if (!canvas->layout->has_kind[i])
			continue;
		if (x + width > canvas->width) {
			x = MARGIN;
			y += LEGEND_LINE;
		}
		if (put) {
			put_box(canvas, x, y, SWATCH, SWATCH, kinds[i].class, "");
			text_at(canvas, x + SWATCH + PADDING, y + 11, "name", kinds[i].name);
		}
		x += width;
	}
	return y + LEGEND_LINE - top;
}

static void put_head(const struct canvas *canvas, unsigned int height)
{
	FILE *out = canvas->out;

	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\""
		" viewBox=\"0 0 %u %u\" role=\"img\">\n<title>",
		canvas->width, height, canvas->width, height);
	put_text(out, canvas->picture->title);
	fprintf(out,
		"</title>\n<style>\n%s%s</style>\n"
		"<defs><pattern id=\"avoided\" width=\"8\" height=\"8\""
		" patternUnits=\"userSpaceOnUse\"><path class=\"hatch\" d=\"M-2 2l4 -4M0 8l8"
		" -8M6 10l4 -4\"/></pattern></defs>\n"
		"<rect width=\"%u\" height=\"%u\" class=\"paper\"/>\n",
		style, canvas->has_details ? detail_style : "", canvas->width, height);
	text_at(canvas, MARGIN, 22, "title", canvas->picture->title);
	text_at(canvas, MARGIN, 38, "sub", canvas->picture->subtitle);
}

static void put_svg(struct canvas *canvas)
{
	static const char note[] = "Heights are not to scale.";
	const struct picture_column *all = &canvas->layout->columns[0];
	const struct picture_column *low = &canvas->layout->columns[1];
	const unsigned int x = MARGIN + edge_width(canvas, all);
	const unsigned int bottom = HEAD + canvas->layout->height + 22;
	unsigned int right = x + BOX + marks_width(canvas, all);
	unsigned int low_x = 0;
	unsigned int legend_height;

	if (low->n > 0) {
		low_x = right + FUNNEL + edge_width(canvas, low);
		right = low_x + BOX + marks_width(canvas, low);
	}
	canvas->width = right + MARGIN;
	legend_height = legend(canvas, bottom, 0);
	put_head(canvas, bottom + legend_height + LEGEND_LINE);
	if (low->n > 0) {
		put_funnel(canvas, x + BOX, low_x - edge_width(canvas, low));
		put_column(canvas, low, low_x);
	}
	put_column(canvas, all, x);
	legend(canvas, bottom, 1);
	text_at(canvas, MARGIN, bottom + legend_height + 12, "sub", note);
	fputs("</svg>\n", canvas->out);
}

static void put_html(struct canvas *canvas)
{
	FILE *out = canvas->out;

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>",
	      out);
	put_text(out, canvas->picture->title);
	fputs("</title>\n<style>\nbody{margin:0;background:#fff}\n"
	      "@media screen and (prefers-color-scheme:dark){body{background:#0d1117}}\n"
	      "</style>\n</head>\n<body>\n",
	      out);
	put_svg(canvas);
	fputs("</body>\n</html>\n", out);
}

/* The layout is large, and lives as long as it is drawn. */
static int draw(struct canvas *canvas, int is_page)
{
	struct picture_layout *layout = malloc(sizeof(*layout));

	if (!layout)
		return 0;
	picture_lay_out(canvas->picture, layout);
	canvas->layout = layout;
	if (is_page)
		put_html(canvas);
	else
		put_svg(canvas);
	free(layout);
	return 1;
}

int picture_put(const struct picture *picture, enum picture_format format, const struct output *out)
{
	char *text = NULL;
	size_t size = 0;
	struct canvas canvas = { .picture = picture, .has_details = format == PICTURE_HTML };
	int is_drawn, code = EXIT_REFUSED;

	if (picture->n_lost > 0) {
		complain("a picture shows %d ranges of memory at most, and there are %zu more",
			 PICTURE_MAX_RANGES, picture->n_lost);
		return EXIT_REFUSED;
	}
	canvas.out = open_memstream(&text, &size);
	is_drawn = canvas.out && draw(&canvas, format == PICTURE_HTML);
	if (canvas.out && (fclose(canvas.out) != 0 || !is_drawn))
		is_drawn = 0;
	if (!is_drawn)
		complain("cannot allocate memory for the picture");
	else if (output_put(out, (struct pvhboot_bytes){ (uint8_t *)text, size }) == NO_EXIT)
		code = EXIT_DONE;
	free(text);
	return code;
}

/* ---- The option ------------------------------------------------------------------ */

int picture_is_stdout(const struct picture_file *file)
{
	return file->path && output_is_stdout(file->path);
}

int picture_take(const struct command *command, const struct option_row *row, char *value,
		 void *options)
{
	struct picture_file *out = option_member(options, row);

	if (out->path)
		return misused(command, "more than one picture: '%s'", value);
	out->path = value;
	out->format = (enum picture_format)row->bits;
	return NO_EXIT;
}

int picture_check(const struct command *command, const struct picture_file *file, int json)
{
	if (file->replace && !file->path)
		return misused(command, "--force is for a picture, and none is asked for");
	if (picture_is_stdout(file) && json)
		return misused(command, "standard output can be JSON or a picture");
	return NO_EXIT;
}

int picture_make(const struct picture_file *file,
		 int (*make)(const struct output *out, void *context), void *context)
{
	struct output out;
	int code;

	if (!file->path)
		return NO_EXIT;
	code = output_open(file->path, file->replace, &out);
	if (code == NO_EXIT)
		code = output_make(&out, make, context);
	return code == EXIT_DONE ? NO_EXIT : code;
}
