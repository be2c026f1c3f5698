"""Sphinx's settings for the site."""

project = "Coupon contract"
html_title = "Coupon contract"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
autodoc_class_signature = "mixed"
autodoc_default_options = {"exclude-members": "hidden"}
autodoc_member_order = "bysource"
default_role = "code"  # docstrings write names between single backticks
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80
exclude_patterns = ["_files"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
html_theme = "furo"
html_extra_path = ["_extra"]
templates_path = ["_templates"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
highlight_language = "text"
suppress_warnings = ["misc.highlighting_failure", "myst.header"]  # examples may abridge JSON
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_theme_options = {"footer_icons": [], "top_of_page_buttons": []}
