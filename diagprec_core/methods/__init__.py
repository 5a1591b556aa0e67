"""What a method is made of: a preconditioner, a schedule, a basis."""
