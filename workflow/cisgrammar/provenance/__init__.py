"""Where each file of a run came from: records of jobs, and what of a results folder differs from the present run.

A script writes a record beside what it made: its code, params, inputs and outputs as digests. Whoever plans a run
compares the records with the run; files with other content than the run would give are made again.
"""
