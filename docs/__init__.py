"""The documentation: pages of Markdown, and in `website` the programs that make a site of them."""
