"""SymPy derivations, one module a topic; the chapters show them and the claims check them."""
