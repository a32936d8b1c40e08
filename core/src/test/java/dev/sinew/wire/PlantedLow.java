package dev.sinew.wire;

import dev.sinew.udp.PlantedHigh;

/** Breaks the layers on purpose, for {@code CoreRulesTest}. */
public record PlantedLow(PlantedHigh high) {}
