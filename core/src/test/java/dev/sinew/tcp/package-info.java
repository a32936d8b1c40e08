/** Tests of TCP, in virtual time. */
@NullMarked
package dev.sinew.tcp;

import org.jspecify.annotations.NullMarked;
