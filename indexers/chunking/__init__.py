"""Cut documents into chunks: by syntax, headings, sections or lines."""
