"""From FASTA and GTF to a gene set with labelled splice sites."""
