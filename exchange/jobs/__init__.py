"""What the operator does when time has passed: plain functions of an exchange."""
