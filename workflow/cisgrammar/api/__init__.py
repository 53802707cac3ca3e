"""The front door: models and tables of a run as Python objects, `import cisgrammar as cg; cg.load(path)`."""
