/**
 * Runs packetdrill scripts against a stack in virtual time: a {@link dev.sinew.packetdrill.Machine}
 * holds the stack, {@link dev.sinew.packetdrill.ScriptRun} plays the script.
 */
@NullMarked
package dev.sinew.packetdrill;

import org.jspecify.annotations.NullMarked;
