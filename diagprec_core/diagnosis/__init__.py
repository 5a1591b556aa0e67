"""From a data set to the theorem that decides: measured, predicted, and checked on the data."""
