"""Tables of wrong input, one a room, and the test that goes through them."""
