"""No noise: exact iterates of a method on a problem, closed forms, bounds, certificates."""
