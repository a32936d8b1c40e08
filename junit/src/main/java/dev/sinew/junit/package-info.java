/**
 * Tests on a simulated network, as a JUnit extension: begin with {@link dev.sinew.junit.SimTest}.
 */
@NullMarked
package dev.sinew.junit;

import org.jspecify.annotations.NullMarked;
