package dev.sinew.linux;

import dev.sinew.linux.LinkException.Reason;

/**
 * What one queue of a device is reached by.
 *
 * @param device non-blocking
 * @param event an eventfd, which ends a wait
 */
record DeviceDescriptors(int device, int event) {
  /** With a fresh eventfd; when there is none to be had, {@code device} stays open. */
  static DeviceDescriptors of(int device) throws LinkException {
    int event = Posix.eventfd();
    if (event < 0) {
      throw new LinkException(Reason.FAILED, "cannot make an eventfd: " + Errno.text(-event));
    }
    return new DeviceDescriptors(device, event);
  }

  void close() {
    int unused = Posix.close(device);
    unused = Posix.close(event);
  }
}
