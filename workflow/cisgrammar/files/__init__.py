"""Files: written whole or not at all, read as text in blocks, packed into archives."""
