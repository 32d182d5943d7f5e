"""Pages of documentation, in HTML, Markdown and notebooks: pages in, sections out."""
