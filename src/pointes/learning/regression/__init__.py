"""Learning a quantity, or several at once, from few simulations."""
