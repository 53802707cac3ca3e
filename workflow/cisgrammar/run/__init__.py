"""What the rule files compute of a config: names, paths, targets, params, resources, figures, manifests.

Rules read it with what Snakemake itself brings: it imports only the config, the figures' catalogue and the package's
digest.
"""
