package dev.sinew.tests.requirements;

/**
 * A test that runs in every build and says that it shows a requirement.
 *
 * @param test {@code tcp.ClosingTest#method} below {@code dev.sinew}, or {@code conformance/x.pkt}
 */
record Claim(String id, String test) {}
