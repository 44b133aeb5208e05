# SPDX-License-Identifier: MIT
"""What Sphinx is told. docs/make/html lays its sources out as they lie in the repository."""

project = "libpvhboot"
author = "The libpvhboot authors"
extensions = ["myst_parser"]
myst_heading_anchors = 3
root_doc = "index"
exclude_patterns = []
html_theme = "furo"
html_title = "libpvhboot"
html_copy_source = False
html_use_index = False
html_show_copyright = False
html_show_sphinx = False
pygments_style = "default"
highlight_language = "none"
html_css_files = ["wide.css"]
html_static_path = ["_static"]
