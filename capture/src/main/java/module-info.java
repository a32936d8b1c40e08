/** Captures: pcapng in and out, packet text, ladders. */
module dev.sinew.capture {
  requires static org.jspecify;
  requires transitive dev.sinew;

  exports dev.sinew.capture;
  exports dev.sinew.capture.analysis;
}
