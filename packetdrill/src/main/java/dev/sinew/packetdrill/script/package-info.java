/**
 * The packetdrill language: a script's text becomes a tree of records, or one error that says where
 * and what was expected. Both dialects, with nothing of a stack in it.
 */
@NullMarked
package dev.sinew.packetdrill.script;

import org.jspecify.annotations.NullMarked;
