package dev.sinew.udp;

import dev.sinew.wire.PlantedLow;

/** Closes a cycle on purpose, for {@code CoreRulesTest}. */
public record PlantedHigh(PlantedLow low) {}
