/**
 * The stack on a TUN device against the Linux kernel, in network namespaces that the tests make.
 */
package dev.sinew.tests.kernel;
