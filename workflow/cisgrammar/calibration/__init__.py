"""Simulations of nulls and of known truths: do p-values, intervals and gates keep their stated rates?"""
