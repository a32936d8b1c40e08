package dev.sinew.sockets;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * The two streams of a socket. Bytes are copied once, between the caller's array and the endpoint.
 */
final class SocketStreams {
  private SocketStreams() {}

  static final class In extends InputStream {
    private final SinewSocketImpl socket;

    In(SinewSocketImpl socket) {
      this.socket = socket;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) > 0 ? one[0] & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      return socket.read(target, offset, length);
    }

    @Override
    public int available() throws IOException {
      return socket.available();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  static final class Out extends OutputStream {
    private final SinewSocketImpl socket;

    Out(SinewSocketImpl socket) {
      this.socket = socket;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
      socket.write(source, offset, length);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
