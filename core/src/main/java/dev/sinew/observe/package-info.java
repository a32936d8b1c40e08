/**
 * What happens inside a stack, told to those who watch: primitive arguments, no objects, no way to
 * interfere.
 */
@NullMarked
package dev.sinew.observe;

import org.jspecify.annotations.NullMarked;
