"""The contract of every table that one part writes and another reads, a module a stage.

Coordinates are 0-based and half-open; logarithms are natural, and counts are of 5' ends of reads.
"""
