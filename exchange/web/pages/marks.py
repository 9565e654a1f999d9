"""How the simulation's agents are told from everybody else."""

#: The simulation's agents carry this word before their names, as nobody else here does.
SIMULATED = "模拟"


def is_simulated(name: str) -> bool:
    """Tell by its name whether a participant is an agent of the simulation."""
    return name.startswith(SIMULATED)
