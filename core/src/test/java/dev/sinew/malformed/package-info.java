/**
 * Malformed input in every state of a connection: what a stack must survive, and what it must not
 * be talked into.
 */
@NullMarked
package dev.sinew.malformed;

import org.jspecify.annotations.NullMarked;
