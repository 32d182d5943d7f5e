"""Crawl a documentation site into a store on disk, politely and within bounds, and read it as a corpus."""
