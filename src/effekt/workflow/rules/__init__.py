"""What holds of a certificate by itself: asked before it is made, and again by whoever verifies it."""
