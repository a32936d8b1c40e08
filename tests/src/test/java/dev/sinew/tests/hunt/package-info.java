/** Bugs that other stacks had, hunted by sweeps of the simulation: how sensitive the checks are. */
package dev.sinew.tests.hunt;
