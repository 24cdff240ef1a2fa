"""Panel campaigns: drugs at multiples of Cmax, sampled from their uncertainty, simulated under several scenarios."""
