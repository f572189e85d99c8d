"""The rules: what follows from which facts. Each module is one table; the first rule that holds gives the link."""
