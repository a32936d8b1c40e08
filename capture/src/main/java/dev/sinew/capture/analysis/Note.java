package dev.sinew.capture.analysis;

/**
 * One thing to be said of a segment.
 *
 * @param text a few words, without a full stop
 */
public record Note(Finding finding, String text) {}
