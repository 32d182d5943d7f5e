"""Cut a document into chunks: by syntax, headings, sections or lines."""
