/**
 * The requirement table: what the RFCs ask of a host, the code that does it and the tests that show
 * it. Only the JDK is used outside the tests, so that {@code dev/requirements} runs from source.
 */
package dev.sinew.tests.requirements;
