/** The stack as a whole: what a driver runs and an application opens endpoints on. */
@NullMarked
package dev.sinew.stack;

import org.jspecify.annotations.NullMarked;
