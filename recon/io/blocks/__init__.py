"""Files of blocks: a document that keeps every parameter, and scenes for other programs."""
