"""One file a document: content in, bytes out."""
