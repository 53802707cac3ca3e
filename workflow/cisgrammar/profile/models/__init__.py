"""The networks of the profile chain, and their files."""
