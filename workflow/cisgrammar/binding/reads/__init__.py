"""From FASTQ or count tables to reads that are scored."""
