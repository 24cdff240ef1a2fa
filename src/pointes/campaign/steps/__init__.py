"""Steps of a campaign, one module for each rule of the workflow that computes something."""
